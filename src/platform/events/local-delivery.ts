import { EventEmitter } from "node:events";
import type { BusEvents, BusTopic } from "./event-bus.js";

/** Hands events to this server's own listeners. One listener that throws does not stop the others. */
export class LocalDelivery {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly onError: (error: unknown) => void) {}

  deliver<T extends BusTopic>(topic: T, event: BusEvents[T]): void {
    this.emitter.emit(topic, event);
  }

  subscribe<T extends BusTopic>(topic: T, listener: (event: BusEvents[T]) => void): () => void {
    const guarded = (event: BusEvents[T]) => {
      try {
        listener(event);
      } catch (error) {
        this.onError(error);
      }
    };
    this.emitter.on(topic, guarded);
    return () => this.emitter.off(topic, guarded);
  }
}
