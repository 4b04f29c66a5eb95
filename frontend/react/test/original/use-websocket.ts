// A hook as it is often written for a WebSocket: one socket, the newest message in the state. The
// tests use it beside ours, to hold ours to the same shape and to show what this one loses.

import { useCallback, useEffect, useRef, useState } from "react";

// biome-ignore lint/suspicious/noExplicitAny: the messages of such a hook have no types
type Message = any;

export function useWebSocket(sprintId: string, token: string, server = "ws://test/realtime") {
  const [isConnected, setIsConnected] = useState(false);
  const [lastMessage, setLastMessage] = useState<Message | null>(null);
  const socket = useRef<WebSocket | null>(null);

  useEffect(() => {
    const ws = new WebSocket(`${server}/ws/sprints/${sprintId}?token=${token}`);
    socket.current = ws;
    ws.onopen = () => setIsConnected(true);
    ws.onmessage = (event) => setLastMessage(JSON.parse(event.data));
    ws.onclose = () => setIsConnected(false);
    return () => ws.close();
  }, [sprintId, token, server]);

  const sendMessage = useCallback((message: Message) => {
    if (socket.current?.readyState === WebSocket.OPEN) socket.current.send(JSON.stringify(message));
  }, []);

  return { isConnected, lastMessage, sendMessage };
}
