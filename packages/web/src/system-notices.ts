// Notifications as the browser has them. Where there are none, or only for service workers, it says so.
import type { Notices } from './view-models/host.ts';

/** The notifications of this browser. */
export function systemNotices(): Notices {
  const open = new Map<string, Notification>();
  return {
    permission: () => (typeof Notification === 'undefined' ? 'impossible' : Notification.permission),
    ask: async () => {
      await Notification.requestPermission();
    },
    show: (tag, { title, body }, press) => {
      const notice = made(title, { body, tag, icon: '/icon.svg' });
      if (notice === null) return;
      open.set(tag, notice);
      notice.onclick = () => {
        window.focus();
        notice.close();
        press();
      };
      notice.onclose = () => {
        if (open.get(tag) === notice) open.delete(tag);
      };
    },
    remove: (tag) => {
      open.get(tag)?.close();
      open.delete(tag);
    },
  };
}

/** Some browsers on phones have the class and refuse to make one: they tell through a service worker only. */
function made(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}
