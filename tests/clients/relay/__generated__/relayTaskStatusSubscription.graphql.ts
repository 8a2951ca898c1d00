/**
 * @generated SignedSource<<495725440f83c89b4809d51978480d91>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type TaskStatus = "CANCELED" | "FAILURE" | "IN_PROGRESS" | "NOT_START" | "QUEUED" | "SUCCESS" | "%future added value";
export type relayTaskStatusSubscription$variables = {
  taskId: string;
};
export type relayTaskStatusSubscription$data = {
  readonly taskStatus: {
    readonly id: string;
    readonly progress: number;
    readonly revision: number;
    readonly status: TaskStatus;
    readonly video: {
      readonly id: string;
      readonly previewUrl: string;
    } | null | undefined;
  };
};
export type relayTaskStatusSubscription = {
  response: relayTaskStatusSubscription$data;
  variables: relayTaskStatusSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "taskId"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "taskId",
        "variableName": "taskId"
      }
    ],
    "concreteType": "Task",
    "kind": "LinkedField",
    "name": "taskStatus",
    "plural": false,
    "selections": [
      (v1/*:: as any*/),
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
        "name": "progress",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "revision",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "Video",
        "kind": "LinkedField",
        "name": "video",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "previewUrl",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayTaskStatusSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayTaskStatusSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "26e679cba0b6193a64d97ba5149b1d79",
    "id": null,
    "metadata": {},
    "name": "relayTaskStatusSubscription",
    "operationKind": "subscription",
    "text": "subscription relayTaskStatusSubscription(\n  $taskId: ID!\n) {\n  taskStatus(taskId: $taskId) {\n    id\n    status\n    progress\n    revision\n    video {\n      id\n      previewUrl\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "ee35bf9efddba7026b56f082e7486ea8";

export default node;
