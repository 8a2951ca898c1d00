/**
 * @generated SignedSource<<4c13b0c3d51e2a05db72617dd4cca62f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type AspectRatio = "RATIO_16_9" | "RATIO_1_1" | "RATIO_9_16" | "%future added value";
export type TaskStatus = "CANCELED" | "FAILURE" | "IN_PROGRESS" | "NOT_START" | "QUEUED" | "SUCCESS" | "%future added value";
export type CreateTaskInput = {
  durationSec?: number;
  hd?: boolean;
  idempotencyKey?: string | null | undefined;
  maxCostCredits?: number | null | undefined;
  model?: string;
  note?: string | null | undefined;
  projectId?: string | null | undefined;
  prompt: string;
  ratio?: AspectRatio;
  referenceImageId?: string | null | undefined;
};
export type relayCreateTaskMutation$variables = {
  input: CreateTaskInput;
};
export type relayCreateTaskMutation$data = {
  readonly createTask: {
    readonly task: {
      readonly id: string;
      readonly revision: number;
      readonly status: TaskStatus;
    };
    readonly wallet: {
      readonly credits: number;
      readonly heldCredits: number;
      readonly id: string;
      readonly revision: number;
    };
  };
};
export type relayCreateTaskMutation = {
  response: relayCreateTaskMutation$data;
  variables: relayCreateTaskMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "revision",
  "storageKey": null
},
v3 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "CreateTaskPayload",
    "kind": "LinkedField",
    "name": "createTask",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Task",
        "kind": "LinkedField",
        "name": "task",
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
          (v2/*:: as any*/)
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "Wallet",
        "kind": "LinkedField",
        "name": "wallet",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "credits",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "heldCredits",
            "storageKey": null
          },
          (v2/*:: as any*/)
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
    "name": "relayCreateTaskMutation",
    "selections": (v3/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayCreateTaskMutation",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "c474fdcac110f9bdedc75183fb773e8e",
    "id": null,
    "metadata": {},
    "name": "relayCreateTaskMutation",
    "operationKind": "mutation",
    "text": "mutation relayCreateTaskMutation(\n  $input: CreateTaskInput!\n) {\n  createTask(input: $input) {\n    task {\n      id\n      status\n      revision\n    }\n    wallet {\n      id\n      credits\n      heldCredits\n      revision\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "04bcf4912eecdc7210a5d1c9c5be3c90";

export default node;
