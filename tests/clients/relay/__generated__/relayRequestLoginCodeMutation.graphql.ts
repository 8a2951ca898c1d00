/**
 * @generated SignedSource<<b33885fd2e5cdc2e96ae85d5f493267f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type RequestLoginCodeInput = {
  phone: string;
};
export type relayRequestLoginCodeMutation$variables = {
  input: RequestLoginCodeInput;
};
export type relayRequestLoginCodeMutation$data = {
  readonly requestLoginCode: {
    readonly developmentCode: string | null | undefined;
  };
};
export type relayRequestLoginCodeMutation = {
  response: relayRequestLoginCodeMutation$data;
  variables: relayRequestLoginCodeMutation$variables;
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
    "concreteType": "RequestLoginCodePayload",
    "kind": "LinkedField",
    "name": "requestLoginCode",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "developmentCode",
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
    "name": "relayRequestLoginCodeMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayRequestLoginCodeMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "1af824b574207f3db62dc57f7fe39c1e",
    "id": null,
    "metadata": {},
    "name": "relayRequestLoginCodeMutation",
    "operationKind": "mutation",
    "text": "mutation relayRequestLoginCodeMutation(\n  $input: RequestLoginCodeInput!\n) {\n  requestLoginCode(input: $input) {\n    developmentCode\n  }\n}\n"
  }
};
})();

(node as any).hash = "212773dfbe37d44fc1b6ff227951af88";

export default node;
