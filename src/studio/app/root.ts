/** Where the studio and the API are: the built scripts are in assets/ below it. */
export const root = import.meta.env.DEV
  ? new URL("/", location.href)
  : new URL(/* @vite-ignore */ "../", import.meta.url);

export const graphqlUrl = new URL("graphql", root).href;
export const socketUrl = graphqlUrl.replace(/^http/, "ws");

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * A link to a file as this page can load it. The server names itself in links (http://localhost:4000 by
 * default), while the page may stand on another name of the same machine.
 */
export function fileUrl(link: string): string {
  const { hostname, port, protocol, pathname, search } = new URL(link);
  const isHere = loopback.has(hostname) && loopback.has(location.hostname);
  return isHere && port === location.port && protocol === location.protocol ? pathname + search : link;
}
