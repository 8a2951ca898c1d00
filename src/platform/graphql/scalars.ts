import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

function textScalar<T>(options: {
  name: string;
  description: string;
  specifiedByURL?: string;
  /** The form that a value must have, for the message to a client that sent another. */
  expected?: string;
  parse: (text: string) => T | null;
  serialize: (value: unknown) => string;
}): GraphQLScalarType<T, string> {
  const expected = options.expected ?? `a valid ${options.name}`;
  const parse = (value: unknown, nodes?: ValueNode): T => {
    const parsed = typeof value === "string" ? options.parse(value) : null;
    if (parsed === null) throw new GraphQLError(`Expected ${expected}.`, { nodes });
    return parsed;
  };
  return new GraphQLScalarType<T, string>({
    name: options.name,
    description: options.description,
    specifiedByURL: options.specifiedByURL,
    serialize: options.serialize,
    parseValue: (value) => parse(value),
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : null, node),
  });
}

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Date on our side, RFC 3339 text in UTC with milliseconds on the client's. */
export const DateTime = textScalar<Date>({
  name: "DateTime",
  description: "An instant in UTC as RFC 3339 with milliseconds: 2026-01-02T03:04:05.678Z.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  parse: (text) => {
    const instant = instantPattern.test(text) ? new Date(text) : null;
    return instant && !Number.isNaN(instant.getTime()) ? instant : null;
  },
  serialize: (value) => (value as Date).toISOString(),
});

/** Text on both sides: money is never a float. */
export const Decimal = textScalar<string>({
  name: "Decimal",
  description: 'An exact decimal as a string: "0.2250". Never a float.',
  parse: (text) => (/^-?\d{1,18}(\.\d{1,18})?$/.test(text) ? text : null),
  serialize: String,
});

export const Url = textScalar<string>({
  name: "URL",
  description: "An absolute http(s) URL.",
  specifiedByURL: "https://url.spec.whatwg.org/",
  parse: (text) => (text.length <= 2048 && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null),
  serialize: String,
});

/** Some plans, such as North America's, do not tell mobile numbers from fixed ones. */
const mobileTypes: ReadonlySet<unknown> = new Set(["MOBILE", "FIXED_LINE_OR_MOBILE"]);

/** Only numbers that the numbering plans assign to mobile phones, because login codes are sent by text message. */
export const PhoneNumber = textScalar<string>({
  name: "PhoneNumber",
  description: "A mobile phone's number in E.164 form: +8613800138000.",
  specifiedByURL: "https://www.itu.int/rec/T-REC-E.164",
  expected: "a mobile number in E.164 form, such as +8613800138000",
  parse: (text) => {
    if (!/^\+[1-9]\d{6,14}$/.test(text)) return null;
    const phone = parsePhoneNumberFromString(text);
    return phone?.isValid() && mobileTypes.has(phone.getType()) ? phone.number : null;
  },
  serialize: String,
});
