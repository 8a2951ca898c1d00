import type { ContainerType } from "type-graphql";

type Class<T> = abstract new (...args: never[]) => T;

/** The resolver instances of one server, by class. */
export class ResolverContainer implements ContainerType {
  private readonly byClass = new Map<unknown, object>();

  constructor(instances: readonly object[]) {
    for (const instance of instances) this.byClass.set(instance.constructor, instance);
  }

  get<T>(resolver: Class<T>): T {
    const instance = this.byClass.get(resolver);
    if (!instance) throw new Error(`there is no instance of ${resolver.name}`);
    return instance as T;
  }
}
