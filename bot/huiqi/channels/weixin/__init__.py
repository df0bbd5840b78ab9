"""What 企业微信, 微信客服 and 公众号 have in common: how calls of theirs are signed and encrypted, how an access token is
kept, what their error codes mean. No channel by itself."""
