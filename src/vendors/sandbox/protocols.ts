/** The protocols that the sandbox speaks, with the prefix of their paths. */
export const protocolPaths = { dyuapi: "", openai: "/openai" } as const;

export type Protocol = keyof typeof protocolPaths;
