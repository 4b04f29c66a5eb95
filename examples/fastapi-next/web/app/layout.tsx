import type { Metadata } from "next";
import type { ReactNode } from "react";
import "@realtime-widgets/react/styles.css";
import "./globals.css";

export const metadata: Metadata = { title: "Agents at work" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
