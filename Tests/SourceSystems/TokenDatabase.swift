/// The token ledger, subscriptions and chats of the MVP app, made anew in the same way each time.
enum TokenDatabase {
    static let content = """
        INSERT INTO users (id, username, password, email, provider, firebase_uid, email_verified,
                stripe_customer_id, is_premium_member, created_at, last_login_at, last_login_ip,
                is_suspended)
            SELECT n, 'marker-user-' || n, 'marker-password', 'marker' || n || '@x.invalid',
                (ARRAY['email','google','apple'])[n % 3 + 1], 'marker-uid-' || n, n % 2 = 0,
                'cus_' || n, (ARRAY[true,false,NULL])[n % 3 + 1],
                timestamp '2025-09-20 23:30:00.123456' + n * interval '13 hours',
                CASE n % 4 WHEN 0 THEN timestamp '2026-01-01' END, 'marker-ip',
                CASE n % 10 WHEN 0 THEN true END
            FROM generate_series(1, 60) n;
        INSERT INTO characters (id, name, backstory, persona_prompt, voice_style, traits, category,
                is_public, created_by, created_at, view_count, like_count, chat_count,
                trending_score, is_deleted)
            SELECT n, 'Character ' || n, 'marker-backstory', 'marker-persona', 'soft', '[]', 'hero',
                (ARRAY[true,false,NULL])[n % 3 + 1], n, '2025-10-01', n * 10, n, n * 2,
                n * 1.35, (ARRAY[false,NULL])[n % 2 + 1]
            FROM generate_series(1, 15) n;
        INSERT INTO premium_subscriptions (id, user_id, stripe_subscription_id, stripe_customer_id,
                plan_tier, status, current_period_start, current_period_end, cancel_at_period_end,
                monthly_token_allowance, tokens_allocated_this_period, created_at, updated_at)
            SELECT n, n, 'sub_' || n, 'cus_' || n, (ARRAY['basic','pro','premium'])[n % 3 + 1],
                (ARRAY['active','trialing','past_due','unpaid','canceled'])[n % 5 + 1],
                timestamp '2026-01-01 00:30' + n * interval '1 day',
                timestamp '2026-02-01 00:30' + n * interval '1 day',
                (ARRAY[true,false,NULL])[n % 3 + 1], 1000, 1000, '2025-12-01', '2026-01-01'
            FROM generate_series(1, 25) n;
        INSERT INTO user_tokens (id, user_id, balance, created_at, updated_at)
            SELECT n, n, n * 7 - 20, '2025-10-01', CASE n % 2 WHEN 0 THEN timestamp '2026-01-05' END
            FROM generate_series(1, 60) n;
        \(activity(1...200))
        INSERT INTO notifications (id, user_id, title, content, type, priority, is_read, action_data,
                created_at, read_at)
            SELECT n, n % 60 + 1, 'marker-notice', 'marker-notice-text', 'payment', 'normal',
                (ARRAY[true,false,NULL])[n % 3 + 1], '{"a":1}',
                timestamp '2026-01-01 12:00' + n * interval '1 hour',
                CASE n % 3 WHEN 0 THEN timestamp '2026-02-01 12:00' END
            FROM generate_series(1, 30) n;
        INSERT INTO character_gallery_images (id, character_id, image_url, category, is_primary,
                file_size, is_active, created_at)
            SELECT n, n % 15 + 1, 'https://x.invalid/marker-image', 'portrait', n = 1, n * 1000,
                (ARRAY[true,false,NULL])[n % 3 + 1], '2026-01-01' FROM generate_series(1, 20) n;
        """

    /// Ledger entries, chats and messages.
    static func activity(_ numbers: ClosedRange<Int>) -> String {
        let n = "generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n"
        return """
            INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
                    stripe_payment_intent_id, subscription_id, expires_at, stripe_event_id, created_at)
                SELECT n, n % 60 + 1,
                    (ARRAY['purchase','deduction','deduction','subscription_allocation'])[n % 4 + 1],
                    (ARRAY[500,-1,-1,1000])[n % 4 + 1],
                    (ARRAY['Purchased 500 tokens (standard tier) via card','Message sent',NULL,
                        'Monthly subscription allocation (pro plan)'])[n % 4 + 1],
                    CASE n % 4 WHEN 0 THEN 'pi_' || n END, CASE n % 4 WHEN 3 THEN n % 25 + 1 END,
                    CASE n % 4 WHEN 3 THEN timestamp '2026-03-01' + n * interval '1 hour' END,
                    CASE n % 4 WHEN 3 THEN 'evt_' || n END,
                    timestamp '2025-10-01 20:00' + n * interval '5 hours'
                FROM \(n);
            INSERT INTO chats (id, uuid, user_id, character_id, title, created_at, updated_at)
                SELECT n, ('000000aa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n % 60 + 1,
                    n % 15 + 1, 'marker-chat-title', timestamp '2025-10-01' + n * interval '3 hours',
                    CASE n % 2 WHEN 0 THEN timestamp '2026-01-09' END
                FROM \(n);
            INSERT INTO chat_messages (id, chat_id, user_id, role, content, timestamp)
                SELECT n * 10 + m, n, n % 60 + 1, (ARRAY['user','assistant'])[m % 2 + 1],
                    'marker-conversation ' || n, timestamp '2025-10-01' + n * interval '3 hours'
                        + m * interval '1 second'
                FROM \(n), generate_series(1, 3) m;
            """
    }

    /// One row at least per oddity of the system; their numbers begin at 900,000.
    static let oddities = """
        INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
                stripe_payment_intent_id, subscription_id, expires_at, stripe_event_id, created_at)
        VALUES
            (900001, 1, 'purchase', 10, 'Welcome bonus - 10 free tokens', NULL, NULL, NULL, NULL,
                '2025-10-01'),
            (900002, 1, 'purchase', 50, 'Admin adjustment: goodwill', NULL, NULL, NULL, NULL,
                '2025-10-02'),
            (900003, 1, 'purchase', 2000, 'Purchased 2000 tokens (premium tier) via alipay', 'pi_a',
                NULL, NULL, 'evt_a', '2025-10-03'),
            (900004, 1, 'deduction', -1, 'Speech generation', NULL, NULL, NULL, NULL, '2025-10-04'),
            (900005, 1, 'deduction', -5, 'Admin adjustment: abuse', NULL, NULL, NULL, NULL,
                '2025-10-05'),
            (900006, 1, 'deduction', -100, 'Expired subscription tokens', NULL, 1, NULL, NULL,
                '2025-10-06'),
            (900007, 1, 'expiration', -100, 'Expired allocation', NULL, 1, NULL, NULL, '2025-10-07'),
            (900008, 1, 'expiration', -100, 'Expired allocation', NULL, 1, NULL, NULL, '2025-10-08'),
            (900009, 1, 'subscription_allocation', 3000,
                'Monthly subscription allocation (premium plan)', NULL, 1, '2025-11-09', 'evt_b',
                '2025-10-09'),
            (900010, 1, 'subscription_allocation', 1000,
                'Upgraded to pro plan - immediate token allocation', NULL, 1, NULL, NULL,
                '2025-10-10'),
            (900011, 1, 'purchase', 1, 'Purchased 1 tokens (test tier) via card', 'pi_t', NULL, NULL,
                NULL, '2025-10-03'),
            (900012, 1, 'purchase', 100, 'Purchased 100 tokens (starter tier) via wechat_pay',
                'pi_w', NULL, NULL, NULL, NULL),
            (900013, 1, 'gift', 5, NULL, NULL, NULL, NULL, NULL, '2025-10-11');
        INSERT INTO characters (id, name, backstory, persona_prompt, voice_style, traits, is_public,
                trending_score, is_deleted, deleted_at) VALUES
            (900001, 'Gone', 'x', 'x', 'x', '[]', true, 1, true, '2026-01-01'),
            (900002, 'Trending', 'x', 'x', 'x', '[]', true, 12345678.95, false, NULL);
        """

    /// Changes of every kind; the same for the same round.
    static func changes(_ round: Int) -> String {
        """
        BEGIN;
        \(activity((1000 + round * 50)...(1040 + round * 50)))
        UPDATE premium_subscriptions SET plan_tier = 'premium', status = 'active',
            current_period_start = current_period_end, current_period_end = current_period_end
                + interval '1 month' WHERE id % 5 = \(round % 5);
        UPDATE user_tokens SET balance = balance - 1, updated_at = '2026-04-0\(round + 1)'
            WHERE id % 4 = \(round % 4);
        UPDATE characters SET is_deleted = NOT coalesce(is_deleted, false) WHERE id % 4 = \(round % 4);
        UPDATE users SET is_suspended = true WHERE id = \(round + 20);
        UPDATE token_transactions SET description = 'Purchased 100 tokens (starter tier) via card'
            WHERE id % 100 = \(round);
        UPDATE notifications SET is_read = true, read_at = '2026-03-03' WHERE id % 5 = \(round % 5);
        DELETE FROM chat_messages WHERE id % 17 = \(round);
        COMMIT; BEGIN; DELETE FROM chat_messages; ROLLBACK;
        DELETE FROM character_gallery_images WHERE id = \(round + 1);
        """
    }

    static let oracles: [ModelOracle] = {
        typealias It = ModelOracle
        func oracle(
            _ model: String, _ table: String, condition: String = "",
            _ columns: KeyValuePairs<String, String>
        ) -> It {
            It(
                model, from: "\(table) r \(condition)", company: "'mvp'",
                columns.map { ($0.key, $0.value) })
        }
        let sold = "r.description ~ '^Purchased .* tokens \\(.* tier\\)'"
        let member = It.reference("r.user_id", to: "users")
        let alive = "coalesce(%.is_deleted, false) = false"
        func character(_ column: String) -> String {
            "(SELECT x.id FROM characters x WHERE x.id = \(column) AND "
                + alive.replacing("%", with: "x") + ")"
        }
        return [
            oracle(
                "member", "users",
                [
                    "sign_in": "r.provider",
                    "premium": It.flag("coalesce(r.is_premium_member, false)"),
                    "suspended": It.flag("coalesce(r.is_suspended, false)"),
                    "email_verified": It.flag("r.email_verified"),
                    "joined_at": It.instant("r.created_at"),
                    "last_sign_in_at": It.instant("r.last_login_at"),
                ]),
            oracle(
                "token_entry", "token_transactions",
                [
                    "member": member,
                    "kind": """
                    CASE WHEN r.transaction_type = 'purchase' THEN
                            CASE WHEN r.stripe_payment_intent_id IS NOT NULL THEN 'sale'
                                 WHEN r.description LIKE 'Welcome bonus%' THEN 'welcome'
                                 ELSE 'correction' END
                         WHEN r.transaction_type = 'deduction' THEN
                            CASE WHEN r.description ~ '[Ee]xpired' THEN 'expiry'
                                 WHEN r.description ~ '(djustment|orrection)' THEN 'correction'
                                 ELSE 'use' END
                         WHEN r.transaction_type = 'subscription_allocation' THEN 'allocation'
                         WHEN r.transaction_type = 'expiration' THEN 'expiry'
                         WHEN r.transaction_type = 'refund' THEN 'refund' ELSE 'other' END
                    """,
                    "type": "r.transaction_type", "tokens": "r.amount",
                    "pack":
                        "CASE WHEN \(sold) THEN substring(r.description from '\\((.*) tier\\)') END",
                    "plan": """
                    coalesce(substring(r.description from '^Monthly .* \\((.*) plan\\)'),
                             substring(r.description from '^Upgraded to (.*) plan'))
                    """,
                    "method":
                        "CASE WHEN \(sold) THEN substring(r.description from ' via (.*)$') END",
                    "subscription": It.reference("r.subscription_id", to: "premium_subscriptions"),
                    "payment_reference": "r.stripe_payment_intent_id",
                    "event_reference": "r.stripe_event_id",
                    "expires_at": It.instant("r.expires_at"),
                    "entered_at": It.instant("r.created_at"),
                ]),
            oracle(
                "token_balance", "user_tokens",
                [
                    "member": member, "tokens": "r.balance",
                    "changed_at": It.instant("coalesce(r.updated_at, r.created_at)"),
                ]),
            oracle(
                "subscription", "premium_subscriptions",
                [
                    "member": member, "plan": "r.plan_tier", "status": "r.status",
                    "ends_with_period": It.flag("coalesce(r.cancel_at_period_end, false)"),
                    "period_began_at": It.instant("r.current_period_start"),
                    "period_ends_at": It.instant("r.current_period_end"),
                    "allowance": "r.monthly_token_allowance",
                    "allocated": "r.tokens_allocated_this_period",
                    "began_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            oracle(
                "character", "characters", condition: "WHERE " + alive.replacing("%", with: "r"),
                [
                    "name": "r.name", "category": "r.category",
                    "public": It.flag("coalesce(r.is_public, false)"),
                    "creator": It.reference("r.created_by", to: "users"), "views": "r.view_count",
                    "likes": "r.like_count", "chats": "r.chat_count",
                    "trending": It.decimal("r.trending_score", scale: 2),
                    "created_at": It.instant("r.created_at"),
                    "last_activity_at": It.instant("r.last_activity"),
                ]),
            oracle(
                "chat", "chats",
                [
                    "member": member, "character": character("r.character_id"),
                    "created_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            oracle(
                "chat_message", "chat_messages",
                [
                    "chat": It.reference("r.chat_id", to: "chats"), "member": member,
                    "role": "r.role", "sent_at": It.instant("r.timestamp"),
                ]),
            oracle(
                "notice", "notifications",
                [
                    "member": member, "type": "r.type", "priority": "r.priority",
                    "read": It.flag("coalesce(r.is_read, false)"),
                    "created_at": It.instant("r.created_at"), "read_at": It.instant("r.read_at"),
                ]),
            oracle(
                "gallery_image", "character_gallery_images",
                [
                    "character": character("r.character_id"), "category": "r.category",
                    "primary": It.flag("coalesce(r.is_primary, false)"),
                    "active": It.flag("coalesce(r.is_active, true)"), "bytes": "r.file_size",
                    "created_at": It.instant("r.created_at"),
                ]),
        ]
    }()
}
