import { once } from "node:events";
import { connect } from "node:net";
import type { GraphQLSchema } from "graphql";
import { type FileUpload, GraphQLUpload } from "graphql-upload-minimal";
import {
  Arg,
  buildSchema,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  type PubSub,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { BadUserInput, Unauthenticated } from "../../src/platform/base/common-errors.js";
import {
  CurrentViewer,
  type RequestContext,
  type Viewer,
} from "../../src/platform/graphql/request-context.js";
import { PhoneNumber } from "../../src/platform/graphql/scalars.js";
import { SubscriberMap } from "../../src/platform/live/latest-value-queue.js";
import { withOwnResolvers } from "../support/type-registry.js";

/** The state of the resolvers below, through which a test observes and controls them. */
export class FakeResolvers {
  /** Rows that a resolver "reads": changed by a test between two events. */
  readonly rows = new Map<string, string>();
  readonly reads: string[] = [];
  readonly started: string[] = [];
  readonly finished: string[] = [];
  endedSubscriptions = 0;
  /** Subscribers of a row. A test pushes its states. */
  readonly followers = new SubscriberMap<{ id: string }>();
  private readonly gates = new Map<string, PromiseWithResolvers<void>>();

  /** Resolves when the test opens the gate of this name. */
  gate(name: string): PromiseWithResolvers<void> {
    const gate = this.gates.get(name) ?? Promise.withResolvers<void>();
    this.gates.set(name, gate);
    return gate;
  }
}

@ObjectType()
class Thing {
  @Field(() => ID) id!: string;
}

@InputType()
class Wish {
  @Field(() => String) text!: string;
}

@ObjectType({ simpleResolvers: true })
class ThingList {
  @Field(() => [Thing]) nodes!: Thing[];
}

@ObjectType({ simpleResolvers: true })
class Received {
  @Field(() => String) filename!: string;
  @Field(() => Int) byteSize!: number;
}

/** A schema for tests that uses every part of the API layer. */
export function edgeSchema(fakes: FakeResolvers): Promise<GraphQLSchema> {
  return withOwnResolvers(() => buildEdgeSchema(fakes));
}

function buildEdgeSchema(fakes: FakeResolvers): Promise<GraphQLSchema> {
  @Resolver(() => Thing)
  class ThingResolver {
    @FieldResolver(() => Thing)
    self(@Root() thing: Thing): Thing {
      return thing;
    }

    @FieldResolver(() => ThingList)
    things(@Root() thing: Thing, @Arg("first", () => Int, { defaultValue: 20 }) _first: number): ThingList {
      return { nodes: [thing] };
    }

    @FieldResolver(() => String)
    seenBy(@Root() { id }: Thing, @Ctx() { viewer, language }: RequestContext): string {
      fakes.reads.push(`${id} by ${viewer?.userId} in ${language}`);
      return `${viewer?.userId} ${language}`;
    }

    @FieldResolver(() => String, { nullable: true })
    broken(): string {
      throw new Error("password=hunter2");
    }

    @FieldResolver(() => String)
    async text(@Root() thing: Thing, @Ctx() context: RequestContext): Promise<string> {
      return (await context.loaders.get(this.read).load(thing.id)) ?? "";
    }

    private readonly read = async (ids: readonly string[]) => {
      fakes.reads.push(...ids);
      return new Map(ids.map((id) => [id, fakes.rows.get(id) ?? ""]));
    };
  }

  @Resolver()
  class EdgeResolver {
    @Query(() => String)
    hello(): string {
      return "world";
    }

    @Query(() => String)
    viewer(@CurrentViewer() viewer: Viewer): string {
      return viewer.userId;
    }

    @Query(() => String)
    address(@Ctx() context: RequestContext): string {
      return context.address;
    }

    @Query(() => Thing)
    thing(@Arg("id", () => ID) id: string): Thing {
      return { id };
    }

    @Query(() => ThingList)
    things(@Arg("first", () => Int, { defaultValue: 20 }) _first: number): ThingList {
      return { nodes: [{ id: "1" }] };
    }

    @Query(() => String)
    call(@Arg("phone", () => PhoneNumber) phone: string, @Arg("times", () => Int) times: number): string {
      return `${phone} ${times}`;
    }

    @Query(() => String)
    calls(@Arg("phones", () => [PhoneNumber]) phones: string[]): string {
      return phones.join(" ");
    }

    @Query(() => String)
    wish(@Arg("wish", () => Wish) { text }: Wish): string {
      return text;
    }

    @Query(() => String, { nullable: true })
    refused(): string {
      throw new BadUserInput("name", "This name is taken.", "该名称已被使用。");
    }

    @Query(() => String, { nullable: true })
    bug(): string {
      throw new Error("password=hunter2 at /srv/secret/place.ts");
    }

    /** Not a list of numbers: the error is a server's bug, not the client's. */
    @Query(() => Int, { nullable: true })
    wrongNumber(): number {
      return "hunter2" as unknown as number;
    }

    @Query(() => String, { nullable: true })
    async databaseAway(): Promise<string> {
      const socket = connect(1, "127.0.0.1");
      await once(socket, "connect");
      return "connected";
    }

    @Mutation(() => String)
    async work(@Arg("name", () => String) name: string): Promise<string> {
      fakes.started.push(name);
      await fakes.gate(name).promise;
      fakes.finished.push(name);
      return name;
    }

    @Mutation(() => Received)
    async receive(@Arg("file", () => GraphQLUpload) file: Promise<FileUpload>): Promise<Received> {
      const { filename, createReadStream } = await file;
      let byteSize = 0;
      fakes.started.push(filename);
      try {
        for await (const chunk of createReadStream()) byteSize += (chunk as Buffer).length;
      } finally {
        fakes.finished.push(filename);
      }
      return { filename, byteSize };
    }

    @Mutation(() => Boolean)
    ignore(
      @CurrentViewer() _: Viewer,
      @Arg("file", () => GraphQLUpload) _file: Promise<FileUpload>,
    ): boolean {
      return true;
    }

    /** One event for each gate that the test opens: "name-1", "name-2", … up to `count`. */
    @Subscription(() => Thing, {
      subscribe: ({ args }) => changes(fakes, args.name as string, args.count as number),
    })
    changes(
      @Root() thing: Thing,
      @Arg("name", () => String) _name: string,
      @Arg("count", () => Int) _count: number,
    ): Thing {
      return thing;
    }

    @Subscription(() => Thing, { subscribe: ({ args }) => fakes.followers.open(args.id as string) })
    followed(@Root() thing: Thing, @Arg("id", () => ID) _id: string): Thing {
      return thing;
    }

    @Subscription(() => String, {
      subscribe: ({ context }: { context: RequestContext }) => mine(context),
    })
    mine(@Root() userId: string): string {
      return userId;
    }

    @Subscription(() => String, { subscribe: () => breaking() })
    breaking(@Root() text: string): string {
      return text;
    }
  }

  return buildSchema({ resolvers: [ThingResolver, EdgeResolver], validate: false, pubSub: unusedPubSub });
}

/** type-graphql requires one, although every subscription has its own source. */
const unusedPubSub: PubSub = {
  publish: () => {},
  subscribe: () => {
    throw new Error("every subscription names its own source");
  },
};

async function* changes(fakes: FakeResolvers, name: string, count: number) {
  try {
    for (let i = 1; i <= count; i += 1) {
      await fakes.gate(`${name}-${i}`).promise;
      yield { id: name };
    }
  } finally {
    fakes.endedSubscriptions += 1;
  }
}

function mine(context: RequestContext): AsyncIterable<string> {
  const viewer = context.viewer;
  if (!viewer) throw new Unauthenticated();
  return (async function* () {
    yield viewer.userId;
  })();
}

async function* breaking() {
  yield "first";
  throw new Error("password=hunter2");
}
