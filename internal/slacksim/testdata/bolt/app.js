// An app on Slack's own framework, written as in its documentation: a slash
// command, a card with buttons, modals, a shortcut, a Home tab, direct messages and
// mentions. The test uses it through slacksim.
'use strict';

const { App, LogLevel } = require('@slack/bolt');

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.DEBUG,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

const plain = (text) => ({ type: 'plain_text', text });
const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } });

app.command('/extend', async ({ command, ack, client, respond }) => {
  if (command.text === 'help') {
    await ack('Usage: /extend <server> <hours>');
    return;
  }
  await ack();
  if (command.text === 'respond') {
    await respond({ response_type: 'ephemeral', text: 'Answered by response_url' });
    return;
  }
  await client.chat.postMessage({
    channel: command.channel_id,
    text: `<@${command.user_id}> asks to extend ${command.text}`,
    blocks: [
      section(`*${command.text}*`),
      {
        type: 'actions',
        elements: [
          { type: 'button', text: plain('Confirm'), style: 'primary', action_id: 'order_confirm', value: 'order-1' },
          { type: 'button', text: plain('Cancel'), style: 'danger', action_id: 'order_cancel', value: 'order-1' },
        ],
      },
    ],
    metadata: { event_type: 'order', event_payload: { order: 'order-1' } },
  });
});

app.action('order_confirm', async ({ ack, action, body, client, respond }) => {
  await ack();
  const { channel, message, user } = body;
  await respond({ text: `You confirmed ${action.value}`, response_type: 'ephemeral', replace_original: false });
  await client.chat.update({ channel: channel.id, ts: message.ts, text: `Confirmed by <@${user.id}>`, blocks: [] });
  await client.chat.postMessage({ channel: channel.id, thread_ts: message.ts, text: 'Receipt' });
});

app.action('order_cancel', async ({ ack, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'why',
      private_metadata: `${body.channel.id} ${body.message.ts}`,
      title: plain('Cancel'),
      submit: plain('Cancel it'),
      blocks: [{
        type: 'input',
        block_id: 'reason',
        label: plain('Why?'),
        element: { type: 'plain_text_input', action_id: 'text' },
      }],
    },
  });
});

app.view('why', async ({ ack, view, body, client }) => {
  const reason = view.state.values.reason.text.value;
  if (reason.length < 3) {
    await ack({ response_action: 'errors', errors: { reason: 'Say more' } });
    return;
  }
  await ack();
  const [channel, ts] = view.private_metadata.split(' ');
  await client.chat.update({ channel, ts, text: `Cancelled by <@${body.user.id}>: ${reason}`, blocks: [] });
});

// A form that looks for servers while people type, and shows what the choice comes to.
const servers = ['db-1', 'web-1', 'web-2'];
const option = (name) => ({ text: plain(name), value: name });
const form = (estimate) => ({
  type: 'modal',
  callback_id: 'form',
  title: plain('Extend a server'),
  submit: plain('Ask'),
  blocks: [
    {
      type: 'input',
      block_id: 'server',
      dispatch_action: true,
      label: plain('Server'),
      element: { type: 'external_select', action_id: 'server', min_query_length: 0, placeholder: plain('Type a name') },
    },
    {
      type: 'input',
      block_id: 'hours',
      label: plain('Hours'),
      element: {
        type: 'static_select',
        action_id: 'hours',
        options: [option('24'), option('72')],
        initial_option: option('24'),
      },
    },
    {
      type: 'input',
      block_id: 'channel',
      label: plain('Channel'),
      element: {
        type: 'conversations_select',
        action_id: 'channel',
        default_to_current_conversation: true,
        filter: { include: ['public', 'private'], exclude_bot_users: true },
      },
    },
    ...(estimate ? [section(estimate)] : []),
  ],
});

app.shortcut('extend_server', async ({ ack, shortcut, client }) => {
  await ack();
  await client.views.open({ trigger_id: shortcut.trigger_id, view: form() });
});

app.options('server', async ({ ack, payload }) => {
  await ack({ options: servers.filter((name) => name.includes(payload.value)).map(option) });
});

app.action('server', async ({ ack, action, body, client }) => {
  await ack();
  const { id, hash, state } = body.view;
  const hours = state.values.hours.hours.selected_option.value;
  const view = form(`${action.selected_option.value} for ${hours} hours`);
  await client.views.update({ view_id: id, hash, view });
});

app.view('form', async ({ ack, view, body, client }) => {
  const { server, hours, channel } = view.state.values;
  await ack();
  await client.chat.postMessage({
    channel: channel.channel.selected_conversation,
    text: `<@${body.user.id}> asks for ${server.server.selected_option.value}, ${hours.hours.selected_option.value} hours`,
  });
});

app.message(async ({ message, say }) => {
  if (message.channel_type === 'im' && !message.subtype && !message.bot_id) {
    await say(`You wrote: ${message.text}`);
  }
});

app.event('app_mention', async ({ event, client }) => {
  await client.chat.postEphemeral({
    channel: event.channel,
    user: event.user,
    thread_ts: event.thread_ts,
    text: 'Use /extend',
  });
});

app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [section('Your orders')] } });
});

app.error(async (error) => {
  console.error('BOLT ERROR', error.code, error.message, JSON.stringify(error.data ?? null));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    await app.stop();
    process.exit(0);
  });
}

app.start().then(() => console.error('BOLT STARTED'));
