/** A window of the explorer: an operation to try, and what to do with its answer. */
export interface ExampleWindow {
  name: string;
  document: string;
  variables?: Record<string, unknown>;
  /** Runs in the explorer's sandbox after the answer: keeps a value for the next windows. */
  afterwards?: string;
}

/** What the windows hand to each other: kept by one's script, used as {{name}} by the next. */
const keptNames = ["accessToken", "taskId", "videoId"] as const;

/** Before every request: puts in what was kept. */
export const beforehand = keptNames
  .map((name) => `altair.helpers.setEnvironment("${name}", (await altair.storage.get("${name}")) ?? "");`)
  .join("\n");

/** The script also runs after the explorer's own requests, whose answers have no such part. */
function keep(name: (typeof keptNames)[number], place: string): string {
  return `const { body } = altair.response;
const { data } = typeof body === "string" ? JSON.parse(body) : body;
const value = data?.${place};
if (value) await altair.storage.set("${name}", value);`;
}

/** From a phone number to a clean file, one window per step. */
export const exampleWindows: ExampleWindow[] = [
  {
    name: "1 Ask for a code",
    document: `# The code is sent to the phone. Without an SMS service it stands in the server's log.
mutation AskForCode($phone: PhoneNumber!) {
  requestLoginCode(input: { phone: $phone }) {
    expiresAt
    retryAt
  }
}
`,
    variables: { phone: "+8613800138000" },
  },
  {
    name: "2 Log in",
    document: `# The access token is kept for the next windows: their headers use {{accessToken}}.
mutation LogIn($phone: PhoneNumber!, $code: String!) {
  login(input: { phone: $phone, code: $code }) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    user {
      id
      nickname
    }
  }
}
`,
    variables: { phone: "+8613800138000", code: "123456" },
    afterwards: keep("accessToken", "login?.accessToken"),
  },
  {
    name: "3 Make a video",
    document: `mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    task {
      id
      status
      costCredits
    }
    wallet {
      credits
      heldCredits
    }
  }
}
`,
    variables: { input: { prompt: "a cat running on grass", durationSec: 10 } },
    afterwards: keep("taskId", "createTask?.task.id"),
  },
  {
    name: "4 Watch it",
    document: `# Each change arrives by itself, up to the final one.
subscription WatchTask($taskId: ID!) {
  taskStatus(taskId: $taskId) {
    id
    status
    progress
    revision
    failure {
      code
      message
    }
    video {
      id
      previewUrl
    }
  }
}
`,
    variables: { taskId: "{{taskId}}" },
  },
  {
    name: "5 Look at it",
    document: `query Videos {
  videos(first: 5) {
    nodes {
      id
      durationSec
      width
      height
      previewUrl
      thumbnailUrl(size: MEDIUM)
      task {
        prompt
      }
    }
  }
  wallet {
    credits
    entries(first: 10) {
      nodes {
        type
        amount
        balanceAfter
        description
        createdAt
      }
    }
  }
}
`,
    afterwards: keep("videoId", "videos?.nodes[0]?.id"),
  },
  {
    name: "6 Download it clean",
    document: `# Costs credits each time; the link is good for one hour.
mutation Download($videoId: ID!) {
  downloadNoWatermark(input: { videoId: $videoId }) {
    downloadUrl
    expiresAt
    costCredits
    wallet {
      credits
    }
  }
}
`,
    variables: { videoId: "{{videoId}}" },
  },
];
