"""Examples of bodies and answers for the API's description, by the name of their model."""

from typing import Any

_USER, _AGENT = "6f1e2c1a-3f0a-4c53-9a39-2f7a0d0c5b11", "0d0c9a52-9b1e-4b3f-8f9e-54c4d1f0a7aa"
_BROKER, _PROJECT = "c4b3a2d1-1e2f-4a3b-8c9d-0e1f2a3b4c5d", "a1b2c3d4-5e6f-4711-8899-aabbccddeeff"
_VERSION, _DEPLOYMENT = "b7e0a6f2-6a50-4d5c-9a3f-7a8c1f2e3d4c", "d9c8b7a6-5f4e-4d3c-8b2a-1f0e9d8c7b6a"
_JOB, _TIME = "e5d4c3b2-a190-4f8e-9d7c-6b5a49382716", "2026-02-23T10:45:00Z"
_SIGN_IN = {"email": "trader@example.com", "password": "correct horse battery"}
_POSITION = {
    "position_id": "9001", "instrument": "EURUSD", "side": "BUY", "units": "10000", "open_price": "1.08412",
    "current_price": "1.08530", "pnl": "11.80", "sl": "1.08000", "tp": None, "opened_at": _TIME, "owner": "manual",
}  # fmt: skip
_BRIEF = {"entry": "RSI(14) crosses above 30", "exit": "Stop or target", "risk": "1 % of the balance a trade"}
_CODE = "#property strict\nvoid OnTick() { }\n"
_DIAGNOSTIC = {"line": 12, "column": 5, "severity": "warning", "code": None, "message": "The result is not used."}
_JOB_ROW = {
    "id": _JOB, "type": "compile", "status": "completed", "payload": {"version_id": _VERSION},
    "result": {"success": True, "errors": 0, "warnings": 1}, "progress": 1.0, "created_at": _TIME, "updated_at": _TIME,
}  # fmt: skip

EXAMPLES: dict[str, dict[str, Any]] = {
    "LoginRequest": _SIGN_IN,
    "SignupRequest": {**_SIGN_IN, "name": "Ada Trader"},
    "RefreshRequest": {"refresh_token": "qk2r7m1x9d3f"},
    "User": {"id": _USER, "email": "trader@example.com", "name": "Ada Trader"},
    "SessionAnswer": {
        "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiI2ZjFlMmMxYSJ9.c2ln", "token_type": "bearer",
        "refresh_token": "qk2r7m1x9d3f", "expires_in": 3600,
        "user": {"id": _USER, "email": "trader@example.com", "name": "Ada Trader"},
    },
    "OnboardingStatus": {"onboarded": False, "missing": ["broker_connection", "disclaimer"]},
    "BrokerRequest": {
        "type": "MT5", "label": "IC Markets demo",
        "credentials": {"agent_id": _AGENT, "account_number": "5012345", "server": "ICMarkets-Demo",
                        "broker_name": "IC Markets", "account_type": "demo"},
    },
    "BrokerCreated": {"broker_connection_id": _BROKER},
    "BrokerConnection": {
        "id": _BROKER, "type": "MT5", "agent_id": _AGENT, "broker_name": "IC Markets", "account_number": "5012345",
        "account_type": "demo", "label": "IC Markets demo", "is_active": True, "created_at": _TIME,
    },
    "PreferencesRequest": {"risk_percent": "1.0", "disclaimer_accepted": True, "preferred_pairs": ["EURUSD", "GBPUSD"]},
    "Preferences": {"risk_percent": "1.0", "disclaimer_accepted": True, "preferred_pairs": ["EURUSD", "GBPUSD"]},
    "Success": {"success": True},
    "OrderRequest": {
        "broker_connection_id": _BROKER, "instrument": "EUR/USD", "side": "BUY", "units": "10000", "sl": "1.08000",
        "tp": "40", "tp_mode": "PIPS",
    },
    "CloseByRequest": {"opposite_position_id": "9002"},
    "OrderAnswer": {
        "order_id": "7001", "position_id": "9001", "fill_price": "1.08412", "units": "10000", "timestamp": _TIME,
    },
    "ModifyRequest": {"sl": "1.08200", "tp": None},
    "PositionAnswer": _POSITION,
    "PendingOrderAnswer": {
        "order_id": "7002", "instrument": "EURUSD", "side": "SELL", "type": "LIMIT", "units": "10000",
        "price": "1.09500", "sl": "1.09900", "tp": None, "placed_at": _TIME,
    },
    "CloseAnswer": {"closed_price": "1.08530", "pnl": "11.80", "units": "10000"},
    "AccountAnswer": {
        "balance": "10000.00", "equity": "10011.80", "margin_used": "216.82", "margin_available": "9794.98",
        "margin_level": "4617.56", "currency": "USD", "account_number": "5012345", "account_type": "demo",
        "as_of": _TIME,
    },
    "StopAllRequest": {"broker_connection_id": _BROKER},
    "StopAllAnswer": {"closed_positions": 2, "cancelled_orders": 1, "stopped_eas": 1, "failed": []},
    "TradeEvent": {
        "id": _JOB, "broker_connection_id": _BROKER, "event_type": "ORDER_PLACED", "instrument": "EURUSD",
        "side": "BUY", "units": "10000", "price": "1.08412", "broker_order_id": "7001", "broker_position_id": "9001",
        "raw": {}, "created_at": _TIME,
    },
    "CandleAnswer": {
        "time": "2026-02-23T10:00:00Z", "open": 1.0841, "high": 1.0855, "low": 1.0838, "close": 1.0853, "volume": 4210,
    },
    "ProjectRequest": {"name": "RSI scalper"},
    "ProjectCreated": {"project_id": _PROJECT},
    "Project": {"id": _PROJECT, "name": "RSI scalper", "strategy_id": None, "created_at": _TIME},
    "VersionRequest": {"source_code": _CODE},
    "Version": {
        "id": _VERSION, "project_id": _PROJECT, "version_number": 3, "status": "draft", "source_code": _CODE,
        "config": {}, "diagnostics": [_DIAGNOSTIC], "brief": _BRIEF, "created_at": _TIME,
    },
    "GenerateRequest": {
        "project_id": _PROJECT,
        "strategy_description": "Buy EURUSD on H1 when RSI(14) crosses above 30; stop 20 pips, target 40.",
    },
    "GenerateAnswer": {
        "version_id": _VERSION, "version_number": 3, "source_code": _CODE, "diagnostics": [_DIAGNOSTIC],
        "brief": _BRIEF, "repairs": 1, "prompt_tokens": 2100, "completion_tokens": 3400, "cost_usd": 0.013,
    },
    "CompileRequest": {"agent_id": _AGENT},
    "BacktestRequest": {
        "agent_id": _AGENT, "symbol": "EURUSD", "timeframe": "H1", "from_date": "2026-01-05", "to_date": "2026-02-02",
        "inputs": {"RiskPercent": "1.0"},
    },
    "JobCreated": {"job_id": _JOB},
    "Artifact": {
        "artifact_id": _JOB, "kind": "EX5", "sha256": "9f" * 32, "size_bytes": 48213,
        "download_url": "https://project.supabase.co/storage/v1/object/sign/ea-artifacts/expert.ex5?token=eyJ",
    },
    "DeploymentRequest": {
        "version_id": _VERSION, "agent_id": _AGENT, "broker_connection_id": _BROKER, "symbol": "EURUSD",
        "timeframe": "H1", "inputs": {"RiskPercent": "1.0"}, "allow_trading": True,
    },
    "DeploymentCreated": {"deployment_id": _DEPLOYMENT, "job_id": _JOB},
    "Deployment": {
        "id": _DEPLOYMENT, "version_id": _VERSION, "agent_id": _AGENT, "broker_connection_id": _BROKER,
        "symbol": "EURUSD", "timeframe": "H1", "status": "running", "last_error": None, "last_heartbeat_at": _TIME,
        "inputs": {"RiskPercent": "1.0"}, "allow_trading": True, "created_at": _TIME, "project_name": "RSI scalper",
        "version_number": 3,
    },
    "DeploymentAction": {"status": "running", "job_id": _JOB},
    "LogLine": {"timestamp": _TIME, "level": "info", "message": "expert RSI scalper (EURUSD,H1) loaded successfully"},
    "PairRequest": {"agent_name": "Office VPS"},
    "PairAnswer": {"agent_id": _AGENT, "pairing_key": "fep_DQyaUpseSz-PnlTE0fCnqgAAAAE.c2lnbmF0dXJl"},
    "AgentInfo": {
        "id": _AGENT, "agent_name": "Office VPS", "status": "online", "last_seen_at": _TIME, "metrics": {},
        "created_at": _TIME,
    },
    "HeartbeatRequest": {
        "status": "online", "metrics": {"terminal": {"state": "connected"}}, "held_jobs": {_JOB: 1},
        "deployments": [{"deployment_id": _DEPLOYMENT, "status": "running", "last_beat_at": _TIME}],
    },
    "Acknowledged": {"acknowledged": True, "cancel_job_ids": []},
    "JobEnvelope": {
        "job_id": _JOB, "type": "start", "payload": {"deployment_id": _DEPLOYMENT, "account_number": "5012345"},
        "attempt": 1, "lease_seconds": 120, "not_after": _TIME,
    },
    "NoJobs": {"no_jobs": True},
    "JobAck": {"attempt": 1},
    "JobResultRequest": {
        "status": "completed", "attempt": 1, "result": {"deployment_id": _DEPLOYMENT, "status": "running"}, "logs": [],
    },
    "EventBatch": {
        "events": [{"seq": 41, "kind": "ea_log", "at": _TIME,
                    "data": {"deployment_id": _DEPLOYMENT, "level": "info", "message": "Order sent"}}],
    },
    "EventsAnswer": {"stored_through": 41, "missing": None},
    "Job": _JOB_ROW,
    "AgentEvent": {
        "seq": 41, "kind": "ea_log", "at": _TIME,
        "data": {"deployment_id": _DEPLOYMENT, "level": "info", "message": "Order sent"},
    },
    "Alert": {
        "id": _JOB, "kind": "agent_offline", "level": "warning", "message": "Office VPS is offline since 10:45 UTC.",
        "created_at": _TIME, "resolved_at": None,
    },
    "Brief": _BRIEF,
    "BrokerCredentials": {
        "api_key": "0a1b2c3d-the-key", "account_number": "101-001-1234567-001", "account_type": "demo",
    },
    "Clarification": {"question": "At which price does a trade end?", "answer": "Stop 20 pips, target 40 pips."},
    "DeploymentBeat": {"deployment_id": _DEPLOYMENT, "status": "running", "last_beat_at": _TIME, "last_error": None},
    "DiagnosticModel": _DIAGNOSTIC,
    "GenerationUsage": {
        "model": "glm-5", "generations": 3, "generations_a_day": 50, "tokens": 18400, "tokens_a_day": 1_000_000,
        "cost_usd": 0.041,
    },
    "PriceStatus": {"status": "live", "age_seconds": 0.4, "heard_at": _TIME},
    "ProblemType": {
        "type": "/problems/agent_offline", "code": "AGENT_OFFLINE", "title": "Agent offline", "status": 503,
        "meaning": "The computer with MetaTrader can't be reached; nothing was done.",
        "advice": "Start ForexElite Pro on it, then send again.", "retry": True,
    },
    "RepairRequest": {"diagnostics": [{**_DIAGNOSTIC, "severity": "error", "origin": "metaeditor"}]},
}  # fmt: skip

#: Examples of parameters, by their name.
PARAMETERS: dict[str, Any] = {
    "agent_id": _AGENT, "job_id": _JOB, "version_id": _VERSION, "project_id": _PROJECT, "deployment_id": _DEPLOYMENT,
    "broker_connection_id": _BROKER, "connection_id": _BROKER, "position_id": "9001", "order_id": "7002",
    "instrument": "EURUSD", "timeframe": "H1", "count": 100, "from": "2026-02-20T00:00:00Z", "to": _TIME,
    "units": "4000", "wait": 25, "status": "completed", "unresolved": True, "kind": "EX5",
    "problem": "agent_offline",
    "cursor": "WyIyMDI2LTAyLTIzVDEwOjQ1OjAwKzAwOjAwIiwgImU1ZDRjM2IyLWExOTAtNGY4ZS05ZDdjLTZiNWE0OTM4MjcxNiJd",
    "Idempotency-Key": "c0ffee-0001", "X-Sha256": "9f" * 32, "x-sha256": "9f" * 32, "accept": "application/json",
}  # fmt: skip

#: A generation as it is streamed: one event for each step, the version or a problem at the end.
STREAM = """\
event: begun
data: {"generation_id": "e5d4c3b2-a190-4f8e-9d7c-6b5a49382716"}

event: brief
data: {"entry": "RSI(14) crosses above 30", "exit": "Stop or target", "risk": "1 % of the balance a trade"}

event: code
data: {"text": "#property strict\\n"}

event: version
data: {"version_id": "b7e0a6f2-6a50-4d5c-9a3f-7a8c1f2e3d4c", "version_number": 3, "source_code": "..."}

"""

DESCRIPTION = """\
Trading, Expert Advisors and the terminals that run them.

**Signing in.** `Authorization: Bearer <access token>` of `/api/v1/auth/login`; agents send `X-Agent-Key`.

**Errors** are `application/problem+json`. Decide by `code`; each `type` is an address that says what it means and
whether the same request may be sent again. `OUTCOME_UNKNOWN` means: look before you send again. A method that an
address does not take is answered 405 `METHOD_NOT_ALLOWED`.

**Idempotency.** A POST or DELETE with `Idempotency-Key` is done once; sent again with the same body it gets the first
answer.

**Lists** are pages of 50; `X-Next-Cursor` leads to the next one.

**WebSockets.** `/ws/prices/{instrument}` sends the last price at once and then at most ten a second:
`{"instrument": "EURUSD", "bid": 1.0841, "ask": 1.08419, "timestamp": "2026-02-23T10:45:00Z"}`, and `"stale": true` when
the source is silent. `/ws/prices?instruments=EURUSD,USDJPY` sends `{"prices": [...]}` of those that moved.
`/ws/updates` sends `{"kind": "job", "data": {...}}` for each change of the user's data; `hello` begins, `resync` asks
to read everything again. The access token stands in the header `Authorization`, or is the second subprotocol of
`bearer, <token>`. They close with 4401 (sign in again), 4404 (unknown instrument), 4429 (too many sockets), 1013 (too
slow) or 1012 (the service restarts): connect again.
"""
