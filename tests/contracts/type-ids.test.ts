import fc from "fast-check";
import { TypeID } from "typeid-js";
import { expect, test } from "vitest";
import { publicId, uuidFromPublicId } from "../../src/platform/ids.js";

test("ids are written and read as the TypeID library writes and reads them", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = TypeID.fromUUID("task", uuid).toString();
      expect(publicId("task", uuid)).toBe(id);
      expect(uuidFromPublicId("task", id)).toBe(uuid);
    }),
  );
});

test("what the library takes for no id is none", () => {
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
