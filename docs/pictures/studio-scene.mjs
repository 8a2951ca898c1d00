// The scene of the studio's pictures: a few people with videos, works, a remix of a remix, tips and an unlocked prompt.

const code = "123456";

/** Makes the scene through the API of the server at `url`. Resolves once every video is ready. */
export async function makeScene(url) {
  const call = async (user, document, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(user && { authorization: `Bearer ${user.token}` }) },
      body: JSON.stringify({ query: document, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(`${document}\n${JSON.stringify(errors)}`);
    return data;
  };
  const logIn = async (phone, nickname) => {
    const request = `mutation($input: RequestLoginCodeInput!) { requestLoginCode(input: $input) { retryAt } }`;
    await call(null, request, { input: { phone } });
    const document = `mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }`;
    const { login } = await call(null, document, { input: { phone, code } });
    const user = { id: login.user.id, token: login.accessToken, refreshToken: login.refreshToken };
    const rename = `mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }`;
    await call(user, rename, { input: { nickname } });
    return user;
  };
  const order = async (user, prompt, ratio = "RATIO_16_9") => {
    const document = `mutation($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }`;
    return (await call(user, document, { input: { prompt, ratio } })).createTask.task.id;
  };
  const remix = async (user, workId, prompt) => {
    const document = `mutation($input: RemixWorkInput!) { remixWork(input: $input) { task { id } } }`;
    return videoOf(user, (await call(user, document, { input: { workId, prompt } })).remixWork.task.id);
  };
  const videoOf = async (user, id) => {
    for (;;) {
      const { task } = await call(user, `query($id: ID!) { task(id: $id) { status video { id } } }`, { id });
      if (task.video) return task.video.id;
      if (task.status === "FAILURE") throw new Error(`${id} has failed`);
      await new Promise((done) => setTimeout(done, 500));
    }
  };
  const publish = async (user, videoId, title, description) => {
    const document = `mutation($input: PublishWorkInput!) { publishWork(input: $input) { work { id } } }`;
    const input = { videoId, title, description, promptPriceCredits: 5, remixable: true, remixFeeCredits: 2 };
    return (await call(user, document, { input })).publishWork.work.id;
  };
  const tip = (user, workId, credits) =>
    call(user, `mutation($input: TipWorkInput!) { tipWork(input: $input) { costCredits } }`, {
      input: { workId, credits },
    });

  const mina = await logIn("+8613900000001", "Mina");
  const oren = await logIn("+8613900000002", "Oren");
  const li = await logIn("+8613900000003", "李青");
  const tidelines = await order(oren, "First light over slow waves, a long lens");
  const original = await publish(oren, await videoOf(oren, tidelines), "Tidelines, first light", "");
  const keeper = await remix(mina, original, "a small sailing boat comes home at dusk");
  const description = "Forty winters, one lamp. Made on the first evening of frost.";
  const work = await publish(mina, keeper, "The keeper’s last evening", description);
  const remixes = [remix(li, work, "in heavy snow"), remix(oren, work, "under a full moon")];
  const [snow, moon] = await Promise.all(remixes);
  await publish(li, snow, "Snow at the light", "");
  await publish(oren, moon, "Home by moonlight", "");
  await tip(li, work, 20);
  await tip(oren, work, 10);
  await tip(oren, work, 10);
  await tip(mina, original, 10);
  for (const user of [li, oren]) {
    await call(user, `mutation($input: WorkInput!) { likeWork(input: $input) { work { id } } }`, {
      input: { workId: work },
    });
    await call(user, `mutation($input: UserInput!) { followUser(input: $input) { user { id } } }`, {
      input: { userId: mina.id },
    });
  }
  const unlock = `mutation($input: UnlockPromptInput!) { unlockPrompt(input: $input) { costCredits } }`;
  await call(oren, unlock, { input: { workId: work } });
  return { mina, li, work, order };
}
