/**
 * @generated SignedSource<<dd631011b710c867128807fd5130cee6>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type UploadMediaInput = {
  file: Blob;
};
export type relayUploadMediaMutation$variables = {
  input: UploadMediaInput;
};
export type relayUploadMediaMutation$data = {
  readonly uploadMedia: {
    readonly media: {
      readonly height: number;
      readonly id: string;
      readonly width: number;
    };
  };
};
export type relayUploadMediaMutation = {
  response: relayUploadMediaMutation$data;
  variables: relayUploadMediaMutation$variables;
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
    "concreteType": "UploadMediaPayload",
    "kind": "LinkedField",
    "name": "uploadMedia",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Media",
        "kind": "LinkedField",
        "name": "media",
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
            "name": "width",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "height",
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
    "name": "relayUploadMediaMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayUploadMediaMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "d740ce30f1fb42886e4fb919ef76d2b0",
    "id": null,
    "metadata": {},
    "name": "relayUploadMediaMutation",
    "operationKind": "mutation",
    "text": "mutation relayUploadMediaMutation(\n  $input: UploadMediaInput!\n) {\n  uploadMedia(input: $input) {\n    media {\n      id\n      width\n      height\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "58bbc5a12cf142f79f323ea76468551f";

export default node;
