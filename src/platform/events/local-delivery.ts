import { EventEmitter } from "node:events";
import type { Topic } from "./event-bus.js";

/** Hands events to this server's own listeners. One listener that throws does not stop the others. */
export class LocalDelivery {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly onError: (error: unknown) => void) {}

  deliver(topicName: string, event: object): void {
    this.emitter.emit(topicName, event);
  }

  subscribe<Event extends object>({ name }: Topic<Event>, listener: (event: Event) => void): () => void {
    const guarded = (event: Event) => {
      try {
        listener(event);
      } catch (error) {
        this.onError(error);
      }
    };
    this.emitter.on(name, guarded);
    return () => this.emitter.off(name, guarded);
  }
}
