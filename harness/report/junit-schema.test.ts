import { describe, expect, it } from 'vitest';
import { audio, begun, change, dead, judged, usb } from '../test/judged-journal.ts';
import { xmllint } from '../test/xmllint.ts';
import { junitOf } from './junit.ts';

const schema = new URL('junit.xsd', import.meta.url);

describe('the schema', () => {
  const good = (): string => junitOf(judged(begun().cycle().cycle(change(usb, dead)).finish().events));
  it.each<[string, (xml: string) => string]>([
    ['an attribute that it does not know', (xml) => xml.replace('<testcase ', '<testcase file="x" ')],
    ['a time with four decimals', (xml) => xml.replace(/time="\d+"/, 'time="1.0001"')],
    ['a time below nothing', (xml) => xml.replace(/time="\d+"/, 'time="-1"')],
    ['a timestamp with a zone', (xml) => xml.replace(/timestamp="([^"]+)"/, 'timestamp="$1Z"')],
    ['a failure without a message', (xml) => xml.replace(/<failure message="[^"]*"/, '<failure')],
    ['an unknown kind of failure', (xml) => xml.replace('type="fail"', 'type="oops"')],
    ['two cases of one name', (xml) => xml.replace(`${audio} audio`, `${usb} usb`)],
    ['one property twice', (xml) => xml.replace('name="host"', 'name="run"')],
    ['a suite without a case', (xml) => xml.replaceAll(/<testcase [^]*<\/testcase>/g, '')],
  ])('refuses %s', async (_what, spoil) => {
    const xml = good();
    expect(spoil(xml)).not.toBe(xml);
    expect(await xmllint(spoil(xml), schema)).not.toBe('');
  });
});
