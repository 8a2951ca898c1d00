import { describe, expect, test } from "vitest";
import { PhoneNumber } from "../../../src/platform/graphql/scalars.js";

describe("valid mobile phone numbers are accepted", () => {
  test.each([
    ["China, 138", "+8613800138000"],
    ["China, the 199 block", "+8619912345678"],
    ["China, a virtual operator", "+8617012345678"],
    ["China, 145", "+8614512345678"],
    ["Hong Kong", "+85251234567"],
    ["Taiwan", "+886912345678"],
    ["Singapore", "+6591234567"],
    ["the United States, whose plan does not tell them apart", "+12025550123"],
    ["Canada", "+14165550100"],
    ["the United Kingdom", "+447400123456"],
    ["India", "+919876543210"],
    ["France", "+33612345678"],
    ["Argentina", "+5491123456789"],
  ])("%s", (_, phone) => {
    expect(PhoneNumber.parseValue(phone)).toBe(phone);
  });
});

describe("other numbers are rejected", () => {
  test.each([
    ["China, too low", "+8610000000000"],
    ["China, 123", "+8612345678901"],
    ["China, a digit short", "+861380013800"],
    ["China, a digit long", "+86138001380001"],
    ["China, a line in Beijing", "+861012345678"],
    ["Hong Kong, a fixed line", "+85221234567"],
    ["the United States, an area that is none", "+15555555555"],
    ["the United States, zeros", "+10000000000"],
    ["the United States, toll free", "+18005551234"],
    ["the United Kingdom, a line in London", "+442079460958"],
    ["India, a line in Delhi", "+911123456789"],
    ["France, a line in Paris", "+33123456789"],
    ["Russia, zeros", "+70000000000"],
    ["a country that is none", "+9991234567"],
    ["no country", "13800138000"],
    ["spaces", "+86 138 0013 8000"],
    ["an extension", "+8613800138000;ext=1"],
    ["full-width digits", "+８６１３８００１３８０００"],
    ["nothing", ""],
  ])("%s", (_, phone) => {
    expect(() => PhoneNumber.parseValue(phone)).toThrow("E.164");
  });
});
