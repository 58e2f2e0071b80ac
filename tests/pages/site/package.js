/** Runs by name what a test asks for; arguments and results cross as JSON text. */
import * as instruments from "./instruments.js";
import * as aborts from "./aborts.js";
import * as clouds from "./clouds.js";
import * as clients from "./clients.js";
import * as configuration from "./configuration.js";
import * as decoders from "./decoders.js";
import * as diagnose from "./diagnose.js";
import * as graph from "./graph.js";
import * as load from "./load.js";
import * as policy from "./policy.js";
import * as secrets from "./secrets.js";
import * as signIn from "./sign_in.js";
import * as standardSignIn from "./standard_sign_in.js";
import * as start from "./start.js";
import * as storage from "./storage.js";
import * as talk from "./talk.js";

const scenarios = { ...aborts, ...clients, ...clouds, ...configuration, ...decoders, ...diagnose, ...graph, ...load, ...policy, ...secrets, ...signIn, ...standardSignIn, ...start, ...storage, ...talk };

globalThis.run = async (name, argument) => {
  const result = await scenarios[name](JSON.parse(argument));
  return JSON.stringify(result ?? null);
};
globalThis.instruments = instruments;
