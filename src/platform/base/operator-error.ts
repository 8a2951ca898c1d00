/** What an operator can mend: said to them in its own words, without a stack, and the process exits with 1. */
export class OperatorError extends Error {}
