import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CreateProjectDocument,
  CreateTaskDocument,
  DeleteProjectDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, ended } from "../../support/tasks.js";
import { upload } from "../../support/upload.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

async function newProject(client: Client): Promise<string> {
  const { createProject } = await client.request(CreateProjectDocument, { input: { name: "Cats" } });
  return createProject.project.id;
}

const place =
  "query ($id: ID!) { task(id: $id) { project { id videoCount } video { project { id } } referenceImage { id width } } }";

test("a task's video is in the task's project, and a project deleted meanwhile is no error", async () => {
  const ana = await product.user();
  const [kept, gone] = [await newProject(ana), await newProject(ana)];
  const [first, second] = await Promise.all([
    create(ana, { projectId: kept }),
    create(ana, { projectId: gone }),
  ]);
  await ana.request(DeleteProjectDocument, { input: { projectId: gone } });
  for (const id of [first, second]) expect((await ended(ana, id)).status).toBe("SUCCESS");
  expect(await ana.request(place, { id: first } as never)).toMatchObject({
    task: { project: { id: kept, videoCount: 1 }, video: { project: { id: kept } } },
  });
  expect(await ana.request(place, { id: second } as never)).toMatchObject({
    task: { project: null, video: { project: null } },
  });
});

test("an uploaded image goes to the vendor as a file", async () => {
  const ana = await product.user();
  const red = await sharp({ create: { width: 360, height: 640, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const { id: referenceImageId } = await upload(ana, red);
  const id = await create(ana, { prompt: "with a picture", referenceImageId });
  expect((await ended(ana, id)).status).toBe("SUCCESS");
  expect(await ana.request(place, { id } as never)).toMatchObject({
    task: { referenceImage: { id: referenceImageId, width: 360 } },
  });
  const sent = product.sandbox.control.tasks().find((submission) => submission.prompt === "with a picture");
  expect(sent).toMatchObject({ hasPicture: true, timesSeen: 1 });
});

test("many orders with a picture at once do not wait for one another's connections for ever", async () => {
  const ana = await product.user();
  const pixel = await sharp({ create: { width: 64, height: 64, channels: 3, background: "green" } })
    .png()
    .toBuffer();
  const { id: referenceImageId } = await upload(ana, pixel);
  const projectId = await newProject(ana);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      ana.execute(CreateTaskDocument, {
        input: { prompt: `[fault:stuck] ${n}`, referenceImageId, projectId },
      } as never),
    ),
  );
  const codes = answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code);
  expect(answers.filter(({ data }) => data)).toHaveLength(10);
  expect(new Set(codes)).toEqual(new Set(["INSUFFICIENT_CREDITS"]));
});

test("another user's project or image, and a malformed id, are NOT_FOUND and cost nothing", async () => {
  const [ana, eve] = [await product.user(), await product.user()];
  const pixel = await sharp({ create: { width: 64, height: 64, channels: 3, background: "blue" } })
    .png()
    .toBuffer();
  const hers = { projectId: await newProject(ana), referenceImageId: (await upload(ana, pixel)).id };
  for (const foreign of [
    { projectId: hers.projectId },
    { referenceImageId: hers.referenceImageId },
    { projectId: "nonsense" },
    { referenceImageId: hers.projectId },
  ]) {
    const input = { prompt: "mine", ...foreign };
    expect(await eve.errorCode(CreateTaskDocument, { input } as never)).toBe("NOT_FOUND");
  }
  expect(await credits(eve)).toEqual({ free: 100, held: 0 });
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
