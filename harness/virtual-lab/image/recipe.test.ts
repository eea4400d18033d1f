import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labRecipe, type RecipeFile, recipeHash } from './recipe.ts';

const file = fc.record({
  path: fc.stringMatching(/^[a-z/.]{1,20}$/),
  executable: fc.boolean(),
  content: fc.uint8Array({ maxLength: 32 }),
});
const files = fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 8 });

describe('the hash of a recipe', () => {
  test('is a name that a directory can have', () => {
    expect(recipeHash(labRecipe, [])).toMatch(/^[0-9a-f]{32}$/);
  });

  test('does not depend on the order in which files are found', () => {
    fc.assert(
      fc.property(files, (some) => {
        expect(recipeHash(labRecipe, some.toReversed())).toBe(recipeHash(labRecipe, some));
      }),
    );
  });

  test('differs for every change of a file', () => {
    const change: ((original: RecipeFile) => RecipeFile)[] = [
      (original) => ({ ...original, path: `${original.path}x` }),
      (original) => ({ ...original, executable: !original.executable }),
      (original) => ({ ...original, content: Buffer.concat([original.content, Buffer.from([0])]) }),
    ];
    fc.assert(
      fc.property(file, fc.constantFrom(...change), (original, changed) => {
        expect(recipeHash(labRecipe, [changed(original)])).not.toBe(recipeHash(labRecipe, [original]));
      }),
    );
  });

  test('does not confuse where one file ends and the next begins', () => {
    const named = (path: string, content: string): RecipeFile => ({
      path,
      executable: false,
      content: Buffer.from(content),
    });
    expect(recipeHash({}, [named('a', 'x'), named('b', '')])).not.toBe(
      recipeHash({}, [named('a', ''), named('b', 'x')]),
    );
  });

  test('differs for every change of a parameter', () => {
    expect(recipeHash({ ...labRecipe, diskMib: labRecipe.diskMib + 1 }, [])).not.toBe(recipeHash(labRecipe, []));
  });
});
