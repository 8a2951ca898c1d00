/** The defaults of PublishWorkInput, for a form to begin with. A test compares them with the schema. */
export const publishDefaults = { promptPriceCredits: 5, remixFeeCredits: 2, remixable: true };
