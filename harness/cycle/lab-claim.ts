/** Whether this run has ever had the lab: whoever has it later took it over. */
export interface LabClaim {
  wasOurs: boolean;
}
