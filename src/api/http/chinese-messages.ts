import type { ErrorCode } from "../../platform/base/app-error.js";

/** The first part of each message, and the whole one if the tables below have no match. */
const byCode: Partial<Record<ErrorCode, string>> = {
  GRAPHQL_PARSE_FAILED: "GraphQL 文档有语法错误",
  GRAPHQL_VALIDATION_FAILED: "GraphQL 文档与 schema 不符",
  BAD_USER_INPUT: "参数值无效",
  BAD_REQUEST: "无法处理该请求",
  QUERY_TOO_COMPLEX: "查询过于复杂",
};

/** graphql's messages about values, the same in variables and documents. */
const aboutValues: [RegExp, string][] = [
  [/Expected a mobile number in E\.164 form, such as (\+\d+)\.$/, "须为 E.164 格式的手机号，例如 $1"],
  [/Expected a valid (\w+)\.$/, "不是有效的 $1"],
  [/Field "(?:\w+\.)?(\w+)" of required type "(.+)" was not provided\.$/, "缺少必填字段 $1（类型 $2）"],
  [/Field "(\w+)" is not defined by type "(\w+)"\./, "类型 $2 没有字段 $1"],
  [/Expected (?:non-nullable )?type "(.+)" (?:not to be null|found null)\.$/, "类型 $1 的值不能为 null"],
  [/Value ".*" does not exist in "(\w+)" enum\./s, "枚举 $1 中没有该值"],
  [/Enum "(\w+)" cannot represent /, "枚举 $1 中没有该值"],
  [/Int cannot represent non 32-bit /, "超出 32 位整数的范围"],
  [/(Int|Float|String|Boolean|ID) cannot represent /, "值的类型应为 $1"],
  [/Expected (?:value of )?type "(.+?)"/, "值的类型应为 $1"],
];

const aboutDocuments: [RegExp, string][] = [
  [/^Cannot query field "(\w+)" on type "(\w+)"\./, "类型 $2 没有字段 $1"],
  [/^Unknown argument "(\w+)" on field "([\w.]+)"\./, "字段 $2 没有参数 $1"],
  [/^Unknown argument "(\w+)" on directive "(@\w+)"\./, "指令 $2 没有参数 $1"],
  [/^Field "(\w+)" argument "(\w+)" of type "(.+)" is required/, "字段 $1 缺少必填参数 $2（类型 $3）"],
  [/^Directive "(@\w+)" argument "(\w+)" of type "(.+)" is required/, "指令 $1 缺少必填参数 $2（类型 $3）"],
  [/^Field "(\w+)" must not have a selection /, "字段 $1 没有子字段，不能展开"],
  [/^Field "(\w+)" of type "(.+?)" must have a/, "字段 $1（类型 $2）必须选择子字段"],
  [/^Fields "(.+?)" conflict because /, "同名字段 $1 相互冲突，请使用不同的别名"],
  [/^Unknown type "(\w+)"\./, "类型 $1 不存在"],
  [/^Unknown fragment "(\w+)"\./, "片段 $1 不存在"],
  [/^Unknown directive "(@\w+)"\./, "指令 $1 不存在"],
  [/^Directive "(@\w+)" may not be used on /, "指令 $1 不能用在这里"],
  [/^The directive "(@\w+)" can only be used once/, "指令 $1 在此处只能使用一次"],
  [/^Fragment "(\w+)" is never used\./, "片段 $1 未使用"],
  [/^Cannot spread fragment "(\w+)" within itself/, "片段 $1 引用了自身"],
  [/^Fragment (?:"(\w+)" )?cannot /, "片段 $1 不能用在这里"],
  [/^Variable "(\$\w+)" is not defined/, "变量 $1 未定义"],
  [/^Variable "(\$\w+)" is never used/, "变量 $1 未使用"],
  [
    /^Variable "(\$\w+)" of type "(.+)" used in position expecting type "(.+)"\./,
    "变量 $1 的类型是 $2，此处应为 $3",
  ],
  [/^Variable "(\$\w+)" cannot be non-input type/, "变量 $1 的类型不能用于输入"],
  [/^There can be only one \w+(?: \w+)? named "(.+)"\./, "名称 $1 重复"],
  [/^This anonymous operation must be the only /, "匿名操作必须是文档中唯一的操作"],
  [/^(?:Anonymous )?Subscription .*must select only one /, "一个订阅只能选择一个顶层字段"],
  [/^The (?:"?[\w ]+"? )?definition is not executable\./, "文档中只能有操作和片段"],
  [/^The root field of a subscription takes no @skip/, "订阅的顶层字段不能使用 @skip 或 @include"],
  [/introspection/i, "此服务器不提供该内省查询"],
  [/^Too many (?:validation )?errors/, "错误过多，其余错误未列出"],
];

const aboutRequests: [RegExp, string][] = [
  [/^Unknown operation named "(.*)"\./, "文档中没有操作 $1"],
  [
    /^Must provide operation name |^The document does not say which operation /,
    "文档中有多个操作，请用 operationName 指定一个",
  ],
  [/\(CSRF\)/, "请使用 application/json，或附带 apollo-require-preflight 或 x-apollo-operation-name 请求头"],
  [/^GET requests only support query /, "GET 请求只能执行查询"],
  [/must contain a non-empty `query`/, "请求缺少 query"],
  [/^Operation batching disabled\./, "每个请求只能包含一个操作"],
  [/^GraphQL queries must be strings\./, "query 必须是字符串"],
  [/^The '?(\w+)'? search parameter may only be specified once/, "查询参数 $1 只能出现一次"],
  [/^The '?(\w+)'? search parameter /, "查询参数 $1 不是有效的 JSON 对象"],
  [/^`(\w+)` in a POST body /, "$1 的类型不正确"],
  [/^An 'accept' header /, "Accept 请求头不接受 application/json"],
];

const aboutVariables =
  /^Variable "\$(\w+)" (?:got invalid value .*? at "([\w.[\]]+)"; (.*)|got invalid value .*; (.*)|of (?:required|non-null) type "(.+)" .*)$/s;
const aboutArguments = /^Argument "(\w+)" (?:of (?:required|non-null) type "(.+)"|has invalid value)/;

/** Translates a message of graphql or Apollo, which have English messages only. */
export function inChinese(code: ErrorCode, message: string): string {
  const lead = byCode[code] ?? "无法处理该请求";
  const detail = code === "GRAPHQL_PARSE_FAILED" ? null : translated(message);
  return detail ? `${lead}：${detail}。` : `${lead}。`;
}

function translated(message: string): string | null {
  const variable = aboutVariables.exec(message);
  if (variable) {
    const [, name, path, atPath, atTop, type] = variable;
    const reason = type ? `必须有值（类型 ${type}）` : fromTable(aboutValues, atPath ?? atTop ?? "");
    return `变量 $${path ?? name} ${reason ?? "的值无效"}`;
  }
  const argument = aboutArguments.exec(message);
  if (argument) return `参数 ${argument[1]} ${argument[2] ? `必须有值（类型 ${argument[2]}）` : "的值无效"}`;
  return fromTable([...aboutDocuments, ...aboutRequests, ...aboutValues], message);
}

function fromTable(table: readonly [RegExp, string][], message: string): string | null {
  for (const [pattern, chinese] of table) {
    const match = pattern.exec(message);
    if (match) return chinese.replaceAll(/\$(\d)/g, (_, nth) => match[Number(nth)] ?? "");
  }
  return null;
}
