import { userPrefix } from "../modules/accounts/index.js";
import { mediaPrefix } from "../modules/media/index.js";
import type { ProjectsService } from "../modules/projects/index.js";
import { projectPrefix } from "../modules/projects/index.js";
import type { TasksService } from "../modules/tasks/index.js";
import { taskPrefix } from "../modules/tasks/index.js";
import type { VideosService } from "../modules/videos/index.js";
import { videoPrefix } from "../modules/videos/index.js";
import { entryPrefix, walletPrefix } from "../modules/wallet/index.js";
import type { Node } from "../platform/graphql/node.js";
import { type NodeFinder, NodeRegistry } from "../platform/graphql/node-registry.js";
import type { Loaders } from "../platform/graphql/request-context.js";
import type { AppContext } from "./context.js";

export interface NodeSources {
  core: Pick<AppContext, "accounts" | "media" | "wallets">;
  projects: ProjectsService;
  tasks: TasksService;
  videos: VideosService;
}

/** A thing of a user's that knows whose it is. */
type Owned = Node & { row: { userId: string } };
type Load<T> = Parameters<Loaders["get"]>[0] & ((ids: readonly string[]) => Promise<Map<string, T>>);

/** Of all that is asked for at once, one statement; and nothing of anybody else's. */
function own(load: Load<Owned>): NodeFinder {
  return async (id, viewer, { loaders }) => {
    const found = await loaders.get(load).load(id);
    return found?.row.userId === viewer.userId ? found : null;
  };
}

/** The viewer's own user and wallet: their ids are the viewer's id. */
function self(load: Load<Node>): NodeFinder {
  return async (id, viewer, { loaders }) => (id === viewer.userId ? loaders.get(load).load(id) : null);
}

/** Everything with an id that node and nodes find. */
export function nodeFinders({ core, projects, tasks, videos }: NodeSources): NodeRegistry {
  const { accounts, media, wallets } = core;
  const nodes = new NodeRegistry();
  nodes.add(userPrefix, self(accounts.usersByIds));
  nodes.add(walletPrefix, self(wallets.loadWallets));
  nodes.add(entryPrefix, (id, viewer, { loaders }) =>
    loaders.get(wallets.loadEntries).load(wallets.entryKey(viewer.userId, id)),
  );
  nodes.add(taskPrefix, own(tasks.loadTasks));
  nodes.add(videoPrefix, own(videos.loadByIds));
  nodes.add(mediaPrefix, own(media.loadByIds));
  nodes.add(projectPrefix, own(projects.loadByIds));
  return nodes;
}

/** Subjects of statement lines. Only here, deleted videos are found, because a statement still names them. */
export function subjectFinders({ tasks, videos }: NodeSources): NodeRegistry {
  const subjects = new NodeRegistry();
  subjects.add(taskPrefix, own(tasks.loadTasks));
  subjects.add(videoPrefix, own(videos.loadDeletedToo));
  return subjects;
}
