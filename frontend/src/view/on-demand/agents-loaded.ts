// Imported by hosts whose bundler divides the code: what draws agents is loaded with the views.

import * as agents from "./agents.js";
import { setCode } from "./use-code.js";

setCode("agents", agents);
