import { Client, fetchExchange, gql } from "@urql/core";
import { expect, test } from "vitest";
import { askAgain, underWayExchange } from "./ask-again";

const document = gql<{ count: number }, object>`query Count { count }`;

/** A server that answers when told, with how many requests it has had by then. */
function startClient() {
  const answers: (() => void)[] = [];
  const fetch = async () => {
    const number = answers.length + 1;
    await new Promise<void>((done) => answers.push(done));
    return Response.json({ data: { count: number } });
  };
  const exchanges = [underWayExchange, fetchExchange];
  const client = new Client({ url: "http://localhost", exchanges, fetch, preferGetMethod: false });
  return { client, answers };
}

test("a repeated query does not share the answer to one that is under way", async () => {
  const { client, answers } = startClient();
  const first = client.query(document, {}).toPromise();
  await expect.poll(() => answers.length).toBe(1);
  const again = askAgain(client, document, {});
  answers[0]?.();
  expect((await first).data?.count).toBe(1);
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.();
  expect((await again).data?.count).toBe(2);
});

test("it asks at once if nothing is under way", async () => {
  const { client, answers } = startClient();
  const again = askAgain(client, document, {});
  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.();
  expect((await again).data?.count).toBe(1);
});
