/**
 * @generated SignedSource<<dc66a60fe3645f72ae6868c3bb75f415>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type relayMeQuery$variables = Record<PropertyKey, never>;
export type relayMeQuery$data = {
  readonly me: {
    readonly id: string;
    readonly nickname: string;
    readonly phone: string | null | undefined;
  };
};
export type relayMeQuery = {
  response: relayMeQuery$data;
  variables: relayMeQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "User",
    "kind": "LinkedField",
    "name": "me",
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
        "name": "nickname",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "phone",
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
    "name": "relayMeQuery",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayMeQuery",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "6920a56b9c7149b881630a93d3efb36b",
    "id": null,
    "metadata": {},
    "name": "relayMeQuery",
    "operationKind": "query",
    "text": "query relayMeQuery {\n  me {\n    id\n    nickname\n    phone\n  }\n}\n"
  }
};
})();

(node as any).hash = "7d54c30a5f5d238bb87dede8f02a15a6";

export default node;
