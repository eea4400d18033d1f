import fc from 'fast-check';
import { expect, it } from 'vitest';
import { html, jsonBlock } from './markup.ts';

it('lets text be nothing but text', () => {
  expect(html`<b title="${'"><script>'}">${'</b>&<i>'}</b>`.toString()).toBe(
    '<b title="&quot;&gt;&lt;script&gt;">&lt;/b&gt;&amp;&lt;i&gt;</b>',
  );
});

it('shows what nobody could see: no colours, signs for control characters, no half characters, no turned direction', () => {
  expect(html`${'\u001b[31mred\u001b[0m \u0007\u0000\u007f\u009b \ud800 \u202egpj.exe\ttab\n'}`.toString()).toBe(
    'red \u2407\u2400\u2421\ufffd \ufffd \ufffdgpj.exe\ttab\n',
  );
});

it('holds for any text, in markup and in data', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`${text}`.toString()).not.toMatch(/[<>"']/);
      const block = jsonBlock('x', { text }).toString();
      expect(block.match(/</g)).toHaveLength(2);
      expect(JSON.parse(block.replace(/^<script[^>]*>|<\/script>$/g, ''))).toEqual({ text });
    }),
  );
});

it('tells of a text of a megabyte how it begins and how long it is', () => {
  const text = html`${`${'x'.repeat(1_000_000)}y`}`.toString();
  expect(text.length).toBeLessThan(4000);
  expect(text).toMatch(/^x+ … \(1000001 characters, all of them in the journal\)$/);
});
