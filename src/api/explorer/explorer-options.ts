import type { AltairConfigOptions } from "altair-static";
import { beforehand, exampleWindows } from "./example-windows.js";

type Window = NonNullable<AltairConfigOptions["initialWindows"]>[number];

/** Altair wants absolute addresses, which only the browser knows: the start script fills them in. */
export const addressHere = { http: "HTTP ADDRESS", webSocket: "WEBSOCKET ADDRESS" };

/** Of every window, also of a new one. */
const connection = {
  endpointURL: addressHere.http,
  subscriptionsEndpoint: addressHere.webSocket,
  initialHeaders: {
    Authorization: "Bearer {{accessToken}}",
    // Lets file uploads pass the server's CSRF prevention.
    "apollo-require-preflight": "true",
  },
  initialSubscriptionRequestHandlerId: "graphql-ws",
  initialSubscriptionsPayload: { authorization: "Bearer {{accessToken}}" },
  initialPreRequestScript: beforehand,
} satisfies Window;

/** What Altair starts with: our examples, our addresses, and nothing that asks other hosts. */
export const explorerOptions: AltairConfigOptions = {
  ...connection,
  initialWindows: exampleWindows.map(({ name, document, variables, afterwards }) => ({
    ...connection,
    initialName: name,
    initialQuery: document,
    initialVariables: variables && JSON.stringify(variables, null, 2),
    initialPostRequestScript: afterwards,
  })),
  instanceStorageNamespace: "skyriff_",
  disableAccount: true,
  initialSettings: {
    theme: "system",
    "alert.disableUpdateNotification": true,
    disablePushNotification: true,
    "banners.disable": true,
    "schema.reloadOnStart": true,
  },
};
