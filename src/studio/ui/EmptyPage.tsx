import { Link } from "@tanstack/react-router";
import { buttonClass } from "./Button";
import { Empty } from "./Empty";

/** A page whose subject is not there: its heading and one way on. */
export function EmptyPage({ title, to, link }: { title: string; to: "/" | "/library"; link: string }) {
  return (
    <Empty
      plain
      action={
        <Link to={to} className={buttonClass({})}>
          {link}
        </Link>
      }
    >
      <h1>{title}</h1>
    </Empty>
  );
}
