import type { Product } from "./product.js";

/** What the server asks its database by itself, whatever its clients do. */
const own = /vendor_health|pgboss|pg_catalog|shared_counts|"sessions"|unfinished_by_look/;

/** The statements that a request takes, as the driver sends them; answered from a warm server. */
export async function statementsOf(product: Product, request: () => Promise<unknown>): Promise<string[]> {
  await request();
  const seen: string[] = [];
  const { options } = (product.core.db as unknown as { $client: { options: { debug: unknown } } }).$client;
  options.debug = (_connection: number, query: string) => seen.push(query);
  try {
    await request();
  } finally {
    options.debug = false;
  }
  return seen.filter((query) => !own.test(query));
}
