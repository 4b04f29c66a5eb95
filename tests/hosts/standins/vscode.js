// The web view of VS Code's notebook: one page for all cells, the renderers of its Jupyter
// extension, and the address of the kernel's server on the body, which is not this page's server.

import { Kernel, Outputs } from "/kernel.js";
import { activate } from "/ipywidgets.js";

const options = new URLSearchParams(location.search);
document.body.className = `vscode-${options.get("theme")}`;
document.body.dataset.baseUrl = options.get("base");

requirejs.config({ baseUrl: "/nbextensions", paths: { anywidget: "anywidget/index" } });
activate();
window.vscIPyWidgets8.load();

const socket = new WebSocket(`ws://${location.host}/kernel`);
const kernel = new Kernel((message) => socket.send(JSON.stringify(message)));
const loader = { widgetsRegisteredInRequireJs: new Set(["anywidget"]), async loadWidgetScript() {} };
const { WidgetManager } = window.vscIPyWidgets;
const manager = new WidgetManager(kernel, document.body, loader, () => {});
const outputs = new Map();

async function showWidget({ model_id }, output) {
  const node = document.createElement("div");
  node.className = "cell-output-ipywidget-background";
  output.append(node);
  const model = await manager.get_model(model_id);
  const view = await manager.create_view(model, { el: node });
  await manager.display_view(undefined, view, { node });
}

function addCell(request) {
  const container = document.createElement("div");
  container.className = "cell_container";
  document.body.append(container);
  outputs.set(request, new Outputs(container, "output_container", showWidget));
}

socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.cell) addCell(message.cell);
  else kernel.receive(message, (output) => outputs.get(output.parent_header.msg_id)?.take(output));
};
socket.onopen = () => document.body.setAttribute("data-ready", "");
