// The page of a Colab notebook: each cell's outputs are a frame of another origin, in a sandbox,
// and the messages of the kernel go there by `postMessage`.

const options = new URLSearchParams(location.search);
document.documentElement.setAttribute("theme", options.get("theme"));

const socket = new WebSocket(`ws://${location.host}/kernel`);
/** All messages so far, for frames that load later. */
const messages = [];
const frames = new Set();

function addCell(request) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", options.get("sandbox"));
  const query = new URLSearchParams({ request, theme: options.get("theme") });
  frame.src = `http://localhost:${location.port}/frame?${query}`;
  document.body.append(frame);
}

window.onmessage = ({ source, data }) => {
  if (data !== "ready") return socket.send(JSON.stringify(data));
  frames.add(source);
  for (const message of messages) source.postMessage(message, "*");
};

socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.cell) return addCell(message.cell);
  messages.push(message);
  for (const frame of frames) frame.postMessage(message, "*");
};
socket.onopen = () => document.body.setAttribute("data-ready", "");
