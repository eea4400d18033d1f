import { expect, it } from 'vitest';
import { makesUnusable, symptoms } from './symptoms.ts';

it.each([
  ['missing', true],
  ['port-dead', true],
  ['bridge-config-lost', true],
  ['slot-power-off', true],
  ['link-down', true],
  ['config-dead', true],
  ['stuck-in-d3', true],
  ['link-degraded', false],
  ['wrong-driver', false],
  ['group-changed', false],
  ['reset-method-changed', false],
  ['vm-refused', true],
  ['guest-missing', true],
  ['guest-unusable', true],
  ['still-held', false],
  ['reset-failed', false],
  ['iommu-fault', false],
  ['aer-uncorrectable', false],
  ['host-rebooted', false],
  ['host-wedged', false],
] as const)('%s makes a function unusable: %s', (symptom, unusable) => expect(makesUnusable(symptom)).toBe(unusable));

it('has no symptom but these', () => expect(symptoms).toHaveLength(20));
