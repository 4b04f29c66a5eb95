// Imported by hosts whose code is one file: the rules of agents are loaded with the views.

import { setRules } from "./on-demand.js";
import * as rules from "./rules.js";

setRules(rules);
