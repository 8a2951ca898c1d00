/** The protocols that the sandbox speaks, and what comes before the path of each one's calls. */
export const protocolPaths = { dyuapi: "", openai: "/openai" } as const;

export type Protocol = keyof typeof protocolPaths;
