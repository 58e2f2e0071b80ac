import { useEffect, useReducer } from "react";
import type { Connector } from "taskpane-connector";

/** Draws the component again whenever something of the connector changes. */
export function useConnector(connector: Connector): Connector {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => connector.onChange(draw), [connector]);
  return connector;
}
