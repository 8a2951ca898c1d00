import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { buildSchema, getNamedType, isEnumType } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { ApiResult, Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import {
  type Input,
  leastVariables,
  nameOf,
  type Place,
  placesIn,
  rootCalls,
  variablesWith,
} from "../../support/schema-calls.js";
import { uuidOf } from "../social/social-fixture.js";
import {
  placesById,
  placesOfOwnSubjects,
  placesOfSubjects,
  placesOfViewersOwn,
  type SubjectList,
  subjectLists,
} from "./visibility-places.js";
import { cases, newScene, type Scene } from "./visibility-scene.js";

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));
const calls = rootCalls(schema).filter(({ field }) => field.name !== "uploadMedia");
const isId = ({ type }: Input) => getNamedType(type).name === "ID";
const idPlaces = calls.flatMap((call) => placesIn(call, isId));
const lists = Object.values(subjectLists).flat();

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false, settings: { FEED_REFRESH_MS: "0" } });
});
afterAll(() => product.close());

test("every field that reaches a work or a user is covered by this test", () => {
  const covered = [
    ...[...Object.keys(subjectLists), ...placesById],
    ...[...Object.keys(placesOfOwnSubjects), ...placesOfViewersOwn.places],
  ];
  const places = placesOfSubjects(schema);
  const toDo = places
    .filter((place) => !covered.includes(place))
    .map(
      (place) =>
        `${place} reaches works or users. Add it to visibility-places.ts: to subjectLists if it is a list, to placesById if it takes an id, or to placesOfOwnSubjects with the reason why no other viewer sees a hidden one there.`,
    );
  expect(toDo).toEqual([]);
  expect(covered.filter((place) => !places.includes(place))).toEqual([]);
});

interface ListPage {
  nodes: { id: string }[];
  edges: { node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const nothing: ListPage = { nodes: [], edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

async function pagesOf(client: Client, list: SubjectList, scene: Scene, first: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: string | null = null; ; ) {
    const id = list.of === null ? undefined : idOf(scene, list.of);
    const data: { list?: ListPage; owner?: { list: ListPage } | null } = await client.request(list.document, {
      ...{ id, first, after },
    });
    const { nodes, edges, pageInfo } = data.list ?? data.owner?.list ?? nothing;
    expect(edges.map(({ node }) => node)).toEqual(nodes);
    pages.push(nodes.map((node) => node.id));
    if (!pageInfo.hasNextPage) return pages;
    after = pageInfo.endCursor;
  }
}

const idOf = (scene: Scene, of: NonNullable<SubjectList["of"]>) =>
  of === "source" ? scene.source : scene[of].userId;

/** Full pages, and no empty one at the end. */
const chunks = (ids: string[], size: number) =>
  Array.from({ length: Math.max(1, Math.ceil(ids.length / size)) }, (_, n) =>
    ids.slice(n * size, (n + 1) * size),
  );

/** For other inputs than the id in question: nothing that exists. */
function anything({ name, type }: Input): unknown {
  const inner = getNamedType(type);
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  const named = inner.name;
  if (named === "Boolean") return false;
  if (named === "Int") return 1;
  if (named === "PhoneNumber") return "+8613800000001";
  return named === "ID" ? publicId(name === "userId" ? "user" : "work", newUuid()) : "x";
}

async function answerTo(client: Client, place: Place, id: string): Promise<ApiResult<unknown>> {
  const variables = variablesWith(place, id, anything);
  if (place.call.operation !== "subscription") return client.execute(place.call.document, variables);
  try {
    return (await client.subscribe(place.call.document, variables).next()).value as ApiResult<unknown>;
  } catch (errors) {
    return { data: null, errors: errors as never };
  } finally {
    await client.disconnect();
  }
}

/** Places that still reach a user whom the viewer has blocked. Reports also reach the user's works. */
function reachesBlocked({ call: { field } }: Place, id: string): boolean {
  if (field.name === "report") return true;
  const ofUsers = ["user", "node", "nodes", "unfollowUser", "blockUser", "unblockUser"];
  return id.startsWith("user_") && ofUsers.includes(field.name);
}

describe.each(Object.entries(cases))("%s", (_, { hide, hides, fromVisitors, showsAuthor }) => {
  let scene: Scene;
  let readers: Client[];
  let before: Map<SubjectList, string[][]>;
  let ownBefore: string;
  let hidden: string[];
  const isFor = (client: Client, list: SubjectList) => client.token !== null || !list.needsLogin;

  beforeAll(async () => {
    scene = await newScene(product);
    const { viewer, author, works, work } = scene;
    readers = fromVisitors ? [viewer, product.client()] : [viewer];
    hidden = hides === "work" ? [work] : [...works, author.userId];
    before = new Map();
    for (const list of lists) {
      const of = readers
        .filter((client) => isFor(client, list))
        .map((client) => pagesOf(client, list, scene, 100));
      before.set(
        list,
        (await Promise.all(of)).map((pages) => pages.flat()),
      );
    }
    for (const place of idPlaces.filter(({ call }) => ["work", "node", "nodes"].includes(call.field.name)))
      expect(JSON.stringify(await answerTo(viewer, place, work))).toContain(work);
    ownBefore = JSON.stringify(await viewer.execute(placesOfViewersOwn.document));
    await hide(product, scene);
  });

  test("is in no list, and pages are as full as if it did not exist", async () => {
    for (const list of lists) {
      for (const [n, client] of readers.filter((reader) => isFor(reader, list)).entries()) {
        const was = before.get(list)?.[n] as string[];
        if (list.hasSubject && !(hides === "work" && /follow(ers|ing)\(/.test(list.document)))
          expect(
            was.some((id) => hidden.includes(id)),
            list.document,
          ).toBe(true);
        const expected = was.filter((id) => !hidden.includes(id));
        expect(await pagesOf(client, list, scene, 3), list.document).toEqual(chunks(expected, 3));
        expect(await pagesOf(client, list, scene, 1), list.document).toEqual(chunks(expected, 1));
      }
    }
  });

  test("is answered, by any id, as what does not exist", async () => {
    const ids: [id: string, none: string][] = scene.works
      .filter((id) => hidden.includes(id))
      .map((id) => [id, publicId("work", newUuid())]);
    ids.push([scene.video, publicId("video", newUuid())]);
    if (hides === "author") ids.push([scene.author.userId, publicId("user", newUuid())]);
    const different: unknown[] = [];
    for (const client of readers) {
      for (const place of idPlaces) {
        for (const [id, none] of ids) {
          if (showsAuthor && reachesBlocked(place, id)) continue;
          const [answer, expected] = [await answerTo(client, place, id), await answerTo(client, place, none)];
          if (JSON.stringify(answer) !== JSON.stringify(expected))
            different.push({ place: nameOf(place), id, answer, expected });
        }
      }
    }
    expect(different).toEqual([]);
  });

  test("is in no other field of any query", async () => {
    const secrets = [...hidden.filter((id) => !(showsAuthor && id === scene.author.userId)), scene.video];
    for (const client of readers) {
      for (const call of calls.filter(({ operation }) => operation === "query")) {
        const variables = leastVariables(call, (input) => (isId(input) ? scene.hub.userId : anything(input)));
        const text = JSON.stringify(await client.execute(call.document, variables));
        expect(
          secrets.filter((secret) => text.includes(secret)),
          call.field.name,
        ).toEqual([]);
      }
    }
  });

  test("is null in what the viewer paid for, earned and made from it", async () => {
    const { viewer, author, work } = scene;
    expect(ownBefore.split(work).length - 1, "unlock, two entries, income, two tasks, lineage").toBe(7);
    const secrets = [work, ...(hides === "author" && !showsAuthor ? [author.userId] : [])];
    const expected = secrets.reduce((text, id) => text.replaceAll(`{"id":"${id}"}`, "null"), ownBefore);
    const payersHidden =
      hides === "author"
        ? expected.replaceAll(`"payer":{"id":"${author.userId}"}`, `"payer":null`)
        : expected;
    expect(JSON.stringify(await viewer.execute(placesOfViewersOwn.document))).toBe(payersHidden);
  });

  test("changes no count by who looks", async () => {
    const { hub, viewer } = scene;
    const [{ id: work } = { id: "" }] = await product.app.db.execute<{ id: string }>(
      sql`select id from works where user_id = ${uuidOf(hub)} limit 1`,
    );
    const document = `query ($work: ID!, $user: ID!) {
      work(id: $work) { likeCount favoriteCount tipCount shareCount viewCount remixCount }
      user(id: $user) { stats { videosGenerated worksPublished likesReceived followers following tippedCredits } } }`;
    const variables = { work: workPrefix.toPublicId(work), user: hub.userId };
    const counts = await hub.request(document, variables);
    for (const client of [viewer, product.client(), await product.user()])
      expect(await client.request(document, variables)).toEqual(counts);
  });
});

describe("an author's own work", () => {
  const own = `query ($id: ID!, $video: ID!) { work(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id }
    video(id: $video) { work { id } } myWorks(first: 100) { nodes { id } } }`;

  test.each(["an unpublished work", "a removed work", "a deleted work"])("%s", async (name) => {
    const scene = await newScene(product);
    const { author, work, video, works } = scene;
    const idsOf = async (list: SubjectList) => (await pagesOf(author, list, scene, 100)).flat();
    const publicLists = lists.filter(({ document }) => !document.includes("myWorks"));
    const before = new Map<SubjectList, string[]>();
    for (const list of publicLists) before.set(list, await idsOf(list));
    await cases[name]?.hide(product, scene);
    const isDeleted = name === "a deleted work";
    const found = isDeleted ? null : { id: work };
    expect(await author.request(own, { id: work, video })).toEqual({
      ...{ work: found, node: found, nodes: [found] },
      video: isDeleted ? null : { work: found },
      myWorks: { nodes: works.filter((id) => !isDeleted || id !== work).map((id) => ({ id })) },
    });
    for (const [list, ids] of before)
      expect(await idsOf(list), list.document).toEqual(ids.filter((id) => id !== work));
  });
});
