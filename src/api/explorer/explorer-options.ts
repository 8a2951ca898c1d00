import type { AltairConfigOptions } from "altair-static";
import { exampleWindows, loadSaved } from "./example-windows.js";

type Window = NonNullable<AltairConfigOptions["initialWindows"]>[number];

/** Placeholders. Altair needs absolute addresses, which only the browser knows: the start script sets them. */
export const addressPlaceholders = { http: "HTTP ADDRESS", webSocket: "WEBSOCKET ADDRESS" };

/** For every window, new ones included. */
const connection = {
  endpointURL: addressPlaceholders.http,
  subscriptionsEndpoint: addressPlaceholders.webSocket,
  initialHeaders: {
    Authorization: "Bearer {{accessToken}}",
    // Lets file uploads pass the server's CSRF prevention.
    "apollo-require-preflight": "true",
  },
  initialSubscriptionRequestHandlerId: "graphql-ws",
  initialSubscriptionsPayload: { authorization: "Bearer {{accessToken}}" },
  initialPreRequestScript: loadSaved,
} satisfies Window;

/** Altair's options: the examples, this server's addresses, and no calls to other hosts. */
export const explorerOptions: AltairConfigOptions = {
  ...connection,
  initialWindows: exampleWindows.map(({ name, document, variables, afterAnswer }) => ({
    ...connection,
    initialName: name,
    initialQuery: document,
    initialVariables: variables && JSON.stringify(variables, null, 2),
    initialPostRequestScript: afterAnswer,
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
