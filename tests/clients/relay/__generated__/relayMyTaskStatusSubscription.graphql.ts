/**
 * @generated SignedSource<<ae5a98e17c8c3045955caaf62c865805>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type TaskStatus = "CANCELED" | "FAILURE" | "IN_PROGRESS" | "NOT_START" | "QUEUED" | "SUCCESS" | "%future added value";
export type relayMyTaskStatusSubscription$variables = Record<PropertyKey, never>;
export type relayMyTaskStatusSubscription$data = {
  readonly myTaskStatus: {
    readonly id: string;
    readonly revision: number;
    readonly status: TaskStatus;
  };
};
export type relayMyTaskStatusSubscription = {
  response: relayMyTaskStatusSubscription$data;
  variables: relayMyTaskStatusSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Task",
    "kind": "LinkedField",
    "name": "myTaskStatus",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "status",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "revision",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayMyTaskStatusSubscription",
    "selections": (v0/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayMyTaskStatusSubscription",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "bbd08baa57e276efc67fffb49a7330eb",
    "id": null,
    "metadata": {},
    "name": "relayMyTaskStatusSubscription",
    "operationKind": "subscription",
    "text": "subscription relayMyTaskStatusSubscription {\n  myTaskStatus {\n    id\n    status\n    revision\n  }\n}\n"
  }
};
})();

(node as any).hash = "4df40411c35a08daf1ef8671adfef285";

export default node;
