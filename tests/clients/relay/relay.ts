import { graphql } from "relay-runtime";

// Compiled by relay-compiler into __generated__: see docs/clients.md. Only these texts are used from here.

void graphql`
  query relayMeQuery {
    me { id nickname phone }
  }
`;

void graphql`
  query relayTasksQuery($first: Int!, $after: String) {
    tasks(first: $first, after: $after) {
      edges { cursor node { id prompt status revision } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

void graphql`
  mutation relayRequestLoginCodeMutation($input: RequestLoginCodeInput!) {
    requestLoginCode(input: $input) { developmentCode }
  }
`;

void graphql`
  mutation relayLoginMutation($input: LoginInput!) {
    login(input: $input) { accessToken refreshToken user { id } }
  }
`;

void graphql`
  mutation relayCreateTaskMutation($input: CreateTaskInput!) {
    createTask(input: $input) { task { id status revision } wallet { id credits heldCredits revision } }
  }
`;

void graphql`
  mutation relayUploadMediaMutation($input: UploadMediaInput!) {
    uploadMedia(input: $input) { media { id width height } }
  }
`;

void graphql`
  subscription relayTaskStatusSubscription($taskId: ID!) {
    taskStatus(taskId: $taskId) { id status progress revision video { id previewUrl } }
  }
`;

void graphql`
  subscription relayMyTaskStatusSubscription {
    myTaskStatus { id status revision }
  }
`;
