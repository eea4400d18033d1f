/** Device numbers of AMD GPUs whose reset is known to be broken: those that vendor-reset was made for (src/device-db.h), and Fiji and Hawaii. */
const families: readonly (readonly [name: string, first: number, last: number, vendorReset: boolean])[] = [
  ['Hawaii', 0x67a0, 0x67bf, false],
  ['Fiji', 0x7300, 0x730f, false],
  ['Polaris', 0x67c0, 0x67ff, true],
  ['Polaris 12', 0x6980, 0x699f, true],
  ['Vega 10', 0x6860, 0x687f, true],
  ['Vega 12', 0x69a0, 0x69af, true],
  ['Vega 20', 0x66a0, 0x66af, true],
  ['Navi 10', 0x7310, 0x731f, true],
  ['Navi 14', 0x7340, 0x734f, true],
  ['Navi 12', 0x7360, 0x7362, true],
];

/** The family of a GPU that does not survive its reset; undefined for all other ids, `1002:67df` for instance is Polaris. */
export function brokenResetFamily(
  id: string | undefined,
): { readonly name: string; readonly vendorReset: boolean } | undefined {
  const [vendor, device = ''] = id?.split(':') ?? [];
  if (vendor !== '1002') return undefined;
  const number = Number.parseInt(device, 16);
  const family = families.find(([, first, last]) => first <= number && number <= last);
  return family === undefined ? undefined : { name: family[0], vendorReset: family[3] };
}
