// Content Credentials (C2PA): signed claims in a file about how it was made. Guarantees: the private key stays in this
// process's memory, and the memory for files is bounded.

export { type Claim, credentialsBytesMax, readCredentials, signContent } from "./credentials.js";
export { loadSigner, type Signer } from "./signer.js";
