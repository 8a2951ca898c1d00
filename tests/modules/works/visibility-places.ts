import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from "graphql";

const subjects = new Set(["Work", "User"]);

/**
 * Every field through which a client reaches a work or a user, as `Type.field`: of the root types, and of types that
 * have an id. Edges, pages and payloads on the way belong to the field that returns them.
 */
export function placesOfSubjects(schema: GraphQLSchema): string[] {
  const isStart = (type: GraphQLObjectType) =>
    type.getInterfaces().length > 0 || ["Query", "Mutation", "Subscription"].includes(type.name);
  const leads = (type: GraphQLOutputType, seen: ReadonlySet<string>): boolean => {
    const named = getNamedType(type);
    if (isAbstractType(named)) return schema.getPossibleTypes(named).some(({ name }) => subjects.has(name));
    if (subjects.has(named.name)) return true;
    if (!isObjectType(named) || isStart(named) || seen.has(named.name)) return false;
    const within = new Set([...seen, named.name]);
    return Object.values(named.getFields()).some((field) => leads(field.type, within));
  };
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter(isStart)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => leads(field.type, new Set()))
        .map((field) => `${type.name}.${field.name}`),
    );
}

const page = "{ nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }";

/** A list of works or users. Its document has the variables `id`, `first` and `after`. */
export interface SubjectList {
  document: string;
  /** The user or the work whose list it is, or null for lists of the viewer. */
  of: "author" | "hub" | "source" | null;
  needsLogin: boolean;
  /** Whether the tests' viewer has the author or the work in it before they are hidden. */
  hasSubject: boolean;
}

const rootList = (call: string, facts: Partial<SubjectList> = {}): SubjectList => ({
  document: `query ($first: Int, $after: String) { list: ${call} ${page} }`,
  ...{ of: null, needsLogin: true, hasSubject: true },
  ...facts,
});
const userList = (field: string, of: "author" | "hub"): SubjectList => ({
  document: `query ($id: ID!, $first: Int, $after: String) {
    owner: user(id: $id) { list: ${field}(first: $first, after: $after) ${page} } }`,
  ...{ of, needsLogin: false, hasSubject: true },
});
const args = "first: $first, after: $after";

/** By place. A new list of works or users is added here. */
export const subjectLists: Record<string, SubjectList[]> = {
  "Query.feed": [
    rootList(`feed(kind: DISCOVER, ${args})`, { needsLogin: false }),
    rootList(`feed(kind: HOT, ${args})`, { needsLogin: false }),
    rootList(`feed(kind: FOLLOWING, ${args})`),
  ],
  "Query.favorites": [rootList(`favorites(${args})`)],
  "Query.likedWorks": [rootList(`likedWorks(${args})`)],
  "Query.myWorks": [rootList(`myWorks(${args})`, { hasSubject: false })],
  "User.works": [userList("works", "author")],
  "Work.remixes": [
    {
      document: `query ($id: ID!, $first: Int, $after: String) {
        owner: work(id: $id) { list: remixes(first: $first, after: $after) ${page} } }`,
      ...{ of: "source", needsLogin: false, hasSubject: true },
    },
  ],
  "User.followers": [userList("followers", "hub")],
  "User.following": [userList("following", "hub")],
};

/** Root fields that take the id of a work or a user, or of its video. A new one is added here. */
export const placesById = [
  ...["Query.node", "Query.nodes", "Query.user", "Query.work", "Subscription.workChanged"],
  ...["publishWork", "updateWork", "unpublishWork", "viewWorks", "shareWork", "tipWork"].map(
    (name) => `Mutation.${name}`,
  ),
  ...["likeWork", "unlikeWork", "favoriteWork", "unfavoriteWork", "unlockPrompt"].map(
    (name) => `Mutation.${name}`,
  ),
  ...["followUser", "unfollowUser", "blockUser", "unblockUser"].map((name) => `Mutation.${name}`),
  // Reached through the fields above, whose documents select them.
  ...["Work.author", "Video.work"],
];

/** Places that show a hidden work or user to no other viewer, with the reason. */
export const placesOfOwnSubjects: Record<string, string> = {
  "Query.me": "the viewer alone",
  "Query.viewer": "the viewer alone",
  "Mutation.login": "the viewer alone",
  "Mutation.refreshSession": "the viewer alone",
  "Mutation.updateProfile": "the viewer alone",
  "Query.blockedUsers": "users whom the viewer has blocked, always; tests/modules/social/user-lists.test.ts",
  "Query.creatorRanking": "creators who were tipped; tests/modules/feed/ranking.test.ts",
};

/** Of the viewer, about works and users that others hide later: each is null then, and nothing else changes. */
export const placesOfViewersOwn = {
  places: [
    ...["Query.unlockedPrompts", "LedgerEntry.subject", "Income.payer", "Income.work"],
    ...["Task.remixOf", "Work.lineage"],
  ],
  document: `{
    unlockedPrompts { nodes { workTitle text author { id } work { id } } }
    wallet {
      entries(first: 50) { nodes { type subject { id } } }
      incomes { nodes { payer { id } work { id } } }
    }
    tasks { nodes { remixOf { id } } }
    myWorks { nodes { lineage { level title author { id } work { id } } } }
  }`,
};
