import fc from "fast-check";
import { TypeID } from "typeid-js";
import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { newUuid, publicId, uuidFromPublicId } from "../../../src/platform/ids/ids.js";

test("ids are encoded and decoded as by the TypeID library", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = TypeID.fromUUID("task", uuid).toString();
      expect(publicId("task", uuid)).toBe(id);
      expect(uuidFromPublicId("task", id)).toBe(uuid);
    }),
  );
});

test("ids that the library rejects are rejected", () => {
  const symbol = fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyzilouZ_-é\0");
  const endings = fc.array(symbol, { minLength: 26, maxLength: 26 }).map((symbols) => symbols.join(""));
  const byLibrary = (id: string) => {
    try {
      return TypeID.fromString(id, "task").toUUID();
    } catch {
      return null;
    }
  };
  fc.assert(
    fc.property(endings, (ending) => {
      expect(uuidFromPublicId("task", `task_${ending}`)).toBe(byLibrary(`task_${ending}`));
    }),
    { examples: [["7zzzzzzzzzzzzzzzzzzzzzzzzz"], ["8000000000000000000000000z"], ["z".repeat(26)]] },
  );
});

test("the specification's own examples hold", () => {
  expect(publicId("task", "00000000-0000-0000-0000-000000000000")).toBe("task_00000000000000000000000000");
  expect(publicId("task", "01890a5d-ac96-774b-bcce-b302099a8057")).toBe("task_01h455vb4pex5vsknk084sn02q");
  expect(uuidFromPublicId("task", "task_7zzzzzzzzzzzzzzzzzzzzzzzzz")).toBe(
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
  );
});

test("new ids are unique UUIDv7 in the order of their creation", () => {
  const before = Date.now();
  const made = Array.from({ length: 20_000 }, newUuid);
  expect(made.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
  const msecs = made.map((id) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
  expect(msecs[0]).toBeGreaterThanOrEqual(before - 1);
  expect(msecs.at(-1)).toBeLessThanOrEqual(Date.now());
  // The part after the counter is random.
  expect(new Set(made.map((id) => id.slice(-10))).size).toBeGreaterThan(made.length - 10);
});
