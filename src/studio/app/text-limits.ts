/** The longest texts that the API takes, in characters. A test compares them with what the schema says. */
export const textLimits = { title: 200, description: 2000, nickname: 40, bio: 500, name: 100, note: 1000 };
