import { expect, test } from "vitest";
import { limitedAddress, waitMs } from "../../../src/platform/rate-limit/sliding-window.js";

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const limit = { max: 2, windowMs: 100 };

test("below the limit there is no wait", () => {
  expect(waitMs([], limit, at(0))).toBe(0);
  expect(waitMs([at(0)], limit, at(0))).toBe(0);
});

test("at the limit the wait lasts until the oldest event has left the window", () => {
  expect(waitMs([at(60), at(10)], limit, at(70))).toBe(40);
  expect(waitMs([at(60), at(10), at(5)], limit, at(70))).toBe(40);
  expect(waitMs([at(60), at(10)], limit, at(110))).toBe(0);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:db8:0:1::9", "2001:db8:0:1::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["::1", "::/64"],
  ["not an address", "not an address"],
])("%s counts as %s", (address, counted) => {
  expect(limitedAddress(address)).toBe(counted);
});
