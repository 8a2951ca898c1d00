/**
 * @generated SignedSource<<0b9f2a32879fe3a3c773f0211ec3f99f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type LoginInput = {
  code: string;
  phone: string;
};
export type relayLoginMutation$variables = {
  input: LoginInput;
};
export type relayLoginMutation$data = {
  readonly login: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly user: {
      readonly id: string;
    };
  };
};
export type relayLoginMutation = {
  response: relayLoginMutation$data;
  variables: relayLoginMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "Session",
    "kind": "LinkedField",
    "name": "login",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "accessToken",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "refreshToken",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "User",
        "kind": "LinkedField",
        "name": "user",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
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
    "name": "relayLoginMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayLoginMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "06b059e13ebe5441a4d6ddb39689008c",
    "id": null,
    "metadata": {},
    "name": "relayLoginMutation",
    "operationKind": "mutation",
    "text": "mutation relayLoginMutation(\n  $input: LoginInput!\n) {\n  login(input: $input) {\n    accessToken\n    refreshToken\n    user {\n      id\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "2c2a6be07a10abde72c1258734d16ae4";

export default node;
