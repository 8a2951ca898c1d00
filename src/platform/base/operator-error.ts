/** An error that an operator can fix: printed without a stack; the process exits with 1. */
export class OperatorError extends Error {}
