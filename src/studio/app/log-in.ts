import { useNavigate, useRouterState } from "@tanstack/react-router";

/** Leads visitors to the login, and back to where they are. */
export function useLogIn(): () => void {
  const navigate = useNavigate();
  const to = useRouterState({ select: ({ location }) => location.href });
  return () => void navigate({ to: "/login", search: { to } });
}
